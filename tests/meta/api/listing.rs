//! The public interface of the runtime as lines. They are read from its sources, so no compiler's
//! output format matters.

use std::collections::BTreeSet;
use std::path::PathBuf;

use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::{Attribute, Fields, ImplItem, Item, ItemImpl, ItemMacro, Type, UseTree, Visibility};

/// Each file with its path below `src`.
pub(crate) type Sources = Vec<(PathBuf, String)>;

/// Returns everything that a user can name, one line each, sorted.
pub(crate) fn listing(sources: &Sources) -> syn::Result<String> {
    let mut items = Vec::new();
    let mut exported = BTreeSet::new();
    let mut lines = BTreeSet::new();
    let modules = public_modules(sources)?;
    for (path, text) in sources {
        let file = syn::parse_file(text)?;
        let is_root = path.as_os_str() == "lib.rs";
        if is_root || modules.iter().any(|module| path == module) {
            for item in &file.items {
                exports(item, &mut exported, &mut lines);
            }
        }
        items.extend(file.items);
    }
    for item in &items {
        definition(item, &exported, &mut lines);
    }
    Ok(lines.into_iter().map(|line| line + "\n").collect())
}

/// Returns the files of the modules that `lib.rs` declares as public.
fn public_modules(sources: &Sources) -> syn::Result<Vec<PathBuf>> {
    let mut modules = Vec::new();
    for (_, text) in sources
        .iter()
        .filter(|(path, _)| path.as_os_str() == "lib.rs")
    {
        for item in syn::parse_file(text)?.items {
            match item {
                Item::Mod(item) if is_public(&item.vis) && item.content.is_none() => {
                    modules.push(PathBuf::from(item.ident.to_string()).join("mod.rs"));
                }
                _ => {}
            }
        }
    }
    Ok(modules)
}

/// Adds the items that `lib.rs`, or a public module, makes public.
fn exports(item: &Item, exported: &mut BTreeSet<String>, lines: &mut BTreeSet<String>) {
    match item {
        Item::Use(item) if is_public(&item.vis) => names(&item.tree, exported, lines),
        Item::Fn(item) if is_public(&item.vis) => {
            lines.insert(words(&item.sig));
        }
        _ => {}
    }
}

fn names(tree: &UseTree, exported: &mut BTreeSet<String>, lines: &mut BTreeSet<String>) {
    match tree {
        UseTree::Path(path) => names(&path.tree, exported, lines),
        UseTree::Group(group) => {
            for tree in &group.items {
                names(tree, exported, lines);
            }
        }
        UseTree::Name(name) => {
            lines.insert(format!("use {}", name.ident));
            exported.insert(name.ident.to_string());
        }
        UseTree::Rename(rename) => {
            lines.insert(format!("use {} as {}", rename.ident, rename.rename));
            exported.insert(rename.ident.to_string());
        }
        _ => {
            lines.insert(format!("use {}", words(tree)));
        }
    }
}

/// Returns the names that a file gives to items of these crates, and the crates' own names.
pub(crate) fn imported_from(text: &str, crates: &[&str]) -> syn::Result<BTreeSet<String>> {
    let mut imported: BTreeSet<String> = crates.iter().map(|name| (*name).to_owned()).collect();
    for item in syn::parse_file(text)?.items {
        let Item::Use(item) = item else { continue };
        match &item.tree {
            UseTree::Path(path) if crates.iter().any(|name| path.ident == name) => {
                leaves(&path.tree, &mut imported);
            }
            _ => {}
        }
    }
    Ok(imported)
}

fn leaves(tree: &UseTree, names: &mut BTreeSet<String>) {
    match tree {
        UseTree::Path(path) => leaves(&path.tree, names),
        UseTree::Group(group) => group.items.iter().for_each(|tree| leaves(tree, names)),
        UseTree::Name(name) => drop(names.insert(name.ident.to_string())),
        UseTree::Rename(rename) => drop(names.insert(rename.rename.to_string())),
        UseTree::Glob(_) => {}
    }
}

/// Adds the item that an exported name refers to.
fn definition(item: &Item, exported: &BTreeSet<String>, lines: &mut BTreeSet<String>) {
    match item {
        Item::Fn(item)
            if is_public(&item.vis) && exported.contains(&item.sig.ident.to_string()) =>
        {
            lines.insert(words(&item.sig));
        }
        Item::Struct(item)
            if is_public(&item.vis) && exported.contains(&item.ident.to_string()) =>
        {
            let name = format!("struct {}{}", item.ident, words(&item.generics));
            lines.insert(format!("{name}{}", promises(&item.attrs)));
            lines.extend(fields(&item.fields).map(|field| format!("{name} {{ {field} }}")));
        }
        Item::Enum(item) if is_public(&item.vis) && exported.contains(&item.ident.to_string()) => {
            let name = format!("enum {}{}", item.ident, words(&item.generics));
            lines.insert(format!("{name}{}", promises(&item.attrs)));
            for variant in &item.variants {
                lines.insert(format!(
                    "{name} {{ {}{} }}",
                    variant.ident,
                    words(&variant.fields)
                ));
            }
        }
        Item::Macro(item) if is_hidden(&item.attrs) => {}
        Item::Macro(item) if has(&item.attrs, "macro_export") => patterns(item, lines),
        Item::Macro(item) => lines.extend(words_with_numbers(item, exported)),
        Item::Impl(item) => implementation(item, exported, lines),
        _ => {}
    }
}

/// Returns whether the item is `#[doc(hidden)]`, as the macros of the attribute's expansion are.
fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let argument = attribute.parse_args::<syn::Path>();
        attribute.path().is_ident("doc") && argument.is_ok_and(|word| word.is_ident("hidden"))
    })
}

/// Adds the forms of a macro call: the pattern of each arm, before `=>`.
fn patterns(item: &ItemMacro, lines: &mut BTreeSet<String>) {
    let name = item.ident.as_ref().map_or_else(String::new, words);
    let tokens: Vec<TokenTree> = item.mac.tokens.clone().into_iter().collect();
    let arms = tokens.split(|token| token.to_string() == ";");
    for pattern in arms.filter_map(<[_]>::first) {
        lines.insert(format!("macro {name}!{}", words(pattern)));
    }
}

/// Returns the enums created by `words! { Name { Variant => "..", } }`.
fn words_with_numbers(item: &ItemMacro, exported: &BTreeSet<String>) -> Vec<String> {
    let tokens: Vec<TokenTree> = item.mac.tokens.clone().into_iter().collect();
    let [.., TokenTree::Ident(name), TokenTree::Group(variants)] = &tokens[..] else {
        return Vec::new();
    };
    if !exported.contains(&name.to_string()) {
        return Vec::new();
    }
    let inner: Vec<TokenTree> = variants.stream().into_iter().collect();
    let variants = inner.windows(2).filter_map(|pair| match pair {
        [TokenTree::Ident(variant), TokenTree::Punct(sign)] if sign.as_char() == '=' => {
            Some(format!("enum {name} {{ {variant} }}"))
        }
        _ => None,
    });
    variants.collect()
}

fn implementation(item: &ItemImpl, exported: &BTreeSet<String>, lines: &mut BTreeSet<String>) {
    let Type::Path(path) = &*item.self_ty else {
        return;
    };
    let Some(name) = path
        .path
        .segments
        .last()
        .map(|segment| segment.ident.to_string())
    else {
        return;
    };
    if !exported.contains(&name) {
        return;
    }
    let is_of_trait = words(item).contains(&format!(" for {name}"));
    for inner in &item.items {
        match inner {
            ImplItem::Fn(inner) if is_of_trait || is_public(&inner.vis) => {
                lines.insert(format!("{} {{ {} }}", head(item), words(&inner.sig)));
            }
            ImplItem::Const(inner) if is_public(&inner.vis) => {
                lines.insert(format!(
                    "{} {{ const {}: {} }}",
                    head(item),
                    inner.ident,
                    words(&inner.ty)
                ));
            }
            _ => {}
        }
    }
    if is_of_trait {
        lines.insert(head(item));
    }
}

/// Returns an `impl` up to its brace.
fn head(item: &ItemImpl) -> String {
    let mut head = item.clone();
    head.items.clear();
    head.attrs.clear();
    words(&head).trim_end_matches([' ', '{', '}']).to_owned()
}

fn fields(fields: &Fields) -> impl Iterator<Item = String> {
    let public = fields.iter().filter(|field| is_public(&field.vis));
    public.map(|field| {
        let name = field.ident.as_ref().map_or_else(|| "_".to_owned(), words);
        format!("{name}: {}", words(&field.ty))
    })
}

/// Returns the attributes that users rely on: `derive`, `non_exhaustive` and `must_use`.
fn promises(attributes: &[Attribute]) -> String {
    let told = attributes.iter().filter(|attribute| {
        ["derive", "non_exhaustive", "must_use"]
            .iter()
            .any(|name| attribute.path().is_ident(name))
    });
    told.map(|attribute| format!(" {}", words(attribute)))
        .collect()
}

fn has(attributes: &[Attribute], name: &str) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.path().is_ident(name))
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Returns tokens with a space only between words, without documentation.
fn words(tokens: &impl ToTokens) -> String {
    let text = tokens.to_token_stream().to_string();
    let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for (spaced, tight) in [
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        (" ,", ","),
        (" <", "<"),
        ("< ", "<"),
        (" >", ">"),
        (" :", ":"),
        (": :", "::"),
        (":: ", "::"),
        ("& ", "&"),
        ("' ", "'"),
        ("# ", "#"),
        (" ]", "]"),
        ("[ ", "["),
    ] {
        text = text.replace(spaced, tight);
    }
    text
}
