//! The attributes of an item, and what each does to a test.

use super::tokens::Tree;

/// One attribute. The attributes inside a `cfg_attr` count separately.
#[derive(Clone, Debug)]
pub(super) struct Attribute<'a> {
    /// `["tokio", "test"]`
    pub(super) path: Vec<&'a str>,
    /// The tokens after the path.
    pub(super) arguments: &'a [Tree<'a>],
    pub(super) line: u32,
    /// The predicates of each `cfg_attr` around it.
    pub(super) under: Vec<&'a str>,
}

/// The effect of an attribute on the function, judged by its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Effect {
    /// `#[ns_test]`
    Annotates,
    /// Puts `#[test]` in front of the remaining attributes: without libtest, rustc drops both.
    Drops,
    /// Keeps or removes the function, as `#[cfg]` does, by its own rule.
    Chooses,
    /// One of rustc's attributes, which keeps the function in place.
    Inert,
    /// A macro of another crate.
    Unknown,
}

/// Parses the content of `#[..]`.
pub(super) fn read<'a>(text: &'a str, trees: &'a [Tree<'a>], line: u32) -> Vec<Attribute<'a>> {
    let mut all = Vec::new();
    read_under(text, trees, line, &[], &mut all);
    all
}

fn read_under<'a>(
    text: &'a str,
    trees: &'a [Tree<'a>],
    line: u32,
    under: &[&'a str],
    all: &mut Vec<Attribute<'a>>,
) {
    let (path, arguments) = path(trees);
    let conditional = (path == ["cfg_attr"])
        .then(|| arguments.first()?.group_in('('))
        .flatten();
    let Some(group) = conditional else {
        if !path.is_empty() {
            let under = under.to_vec();
            all.push(Attribute {
                path,
                arguments,
                line,
                under,
            });
        }
        return;
    };
    let mut parts = group.trees.split(|tree| tree.is_punct(','));
    let length = parts.next().map_or(0, <[Tree<'_>]>::len);
    let Some(comma) = group.trees.get(length) else {
        return;
    };
    let predicate = &text[group.inside.start..comma.at];
    let under = [under, &[predicate]].concat();
    for part in parts {
        let line = part.first().map_or(line, |tree| tree.line);
        read_under(text, part, line, &under, all);
    }
}

/// Parses a path such as `::a::b`, and returns also the tokens after it.
fn path<'a>(trees: &'a [Tree<'a>]) -> (Vec<&'a str>, &'a [Tree<'a>]) {
    let (mut path, mut rest) = (Vec::new(), trees);
    loop {
        match rest {
            [one, two, after @ ..] if one.is_punct(':') && two.is_punct(':') => rest = after,
            [tree, after @ ..] if tree.ident().is_some() => {
                path.extend(tree.ident());
                rest = after;
                if !rest.first().is_some_and(|tree| tree.is_punct(':')) {
                    return (path, rest);
                }
            }
            _ => return (path, rest),
        }
    }
}

impl<'a> Attribute<'a> {
    pub(super) fn effect(&self) -> Effect {
        match *self.path.as_slice() {
            [.., "ns_test"] | ["ns_test", "test"] => Effect::Annotates,
            [.., "test" | "test_attr"] if self.wraps_ours() => Effect::Annotates,
            ["test"] if self.arguments.is_empty() => Effect::Drops,
            ["core" | "std", "prelude", _, "test"] => Effect::Drops,
            [.., "test_case" | "test_matrix"] | ["async_std" | "actix_rt", "test"] => Effect::Drops,
            ["rustversion", ..] => Effect::Chooses,
            [name] if INERT.contains(&name) => Effect::Inert,
            [
                "clippy" | "diagnostic" | "rustfmt" | "rust_analyzer" | "miri",
                ..,
            ] => Effect::Inert,
            _ => Effect::Unknown,
        }
    }

    /// Returns whether the attribute contains ours: `#[test_log::test(ns_test(net))]`.
    fn wraps_ours(&self) -> bool {
        let arguments = self.arguments.first().and_then(Tree::group);
        arguments.is_some_and(|arguments| {
            let (path, _) = path(&arguments.trees);
            path.last() == Some(&"ns_test")
        })
    }

    /// Returns the predicate of a `cfg`, as it could be written in a `cfg` of rustc.
    pub(super) fn cfg(&self, text: &'a str) -> Option<String> {
        if self.path != ["cfg"] {
            return None;
        }
        let predicate = &text[self.arguments.first()?.group()?.inside.clone()];
        Some(match self.condition() {
            Some(under) => format!("any(not({under}), {predicate})"),
            None => predicate.to_owned(),
        })
    }

    /// Returns the predicate under which the attribute is present.
    pub(super) fn condition(&self) -> Option<String> {
        let all = self.under.join(", ");
        (!all.is_empty()).then(|| format!("all({all})"))
    }

    /// Returns the value of `path = "value"`.
    pub(super) fn value(&self) -> Option<&'a str> {
        match self.arguments {
            [equals, value] if equals.is_punct('=') => value.text(),
            _ => None,
        }
    }

    /// Returns the attribute as written, without its arguments.
    pub(super) fn name(&self) -> String {
        self.path.join("::")
    }
}

/// Parses `#` and `[..]` at the start of these trees, and whether a `!` is between the two.
pub(super) fn at<'a>(text: &'a str, trees: &'a [Tree<'a>]) -> Option<(Vec<Attribute<'a>>, bool)> {
    let [hash, rest @ ..] = trees else {
        return None;
    };
    let is_inner = rest.first()?.is_punct('!');
    let brackets = rest.get(usize::from(is_inner))?.group_in('[')?;
    hash.is_punct('#')
        .then(|| (read(text, &brackets.trees, hash.line), is_inner))
}

const INERT: [&str; 25] = [
    "allow",
    "automatically_derived",
    "cfg",
    "cold",
    "deny",
    "deprecated",
    "derive",
    "doc",
    "expect",
    "forbid",
    "global_allocator",
    "ignore",
    "inline",
    "link_section",
    "macro_export",
    "macro_use",
    "must_use",
    "no_mangle",
    "non_exhaustive",
    "path",
    "repr",
    "should_panic",
    "track_caller",
    "unsafe",
    "warn",
];
