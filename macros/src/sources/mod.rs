//! The part of `main!()` that reads the crate's source files for functions below `#[ns_test]`.
//!
//! Without libtest, rustc drops every function below `#[core::prelude::v1::test]`. If that
//! attribute comes first, rustc drops `#[ns_test]` before expanding it. Many macros write it first.
//! An attribute that is never expanded cannot report this, so `main!()` reads the sources. A test
//! that is certain to be dropped is a compile error. The others form a list, which the harness
//! compares with the tests in the binary.

mod attributes;
mod compiler;
mod file;
mod macro_call;
mod scope;
#[cfg(test)]
mod tests;
mod tokens;
mod walk;

use std::path::Path;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use walk::{Dropped, Function};

/// Returns the statements for `main`. `krate` is the path of the hidden module.
pub(crate) fn annotated(krate: &TokenStream) -> TokenStream {
    let Some(root) = compiler::main_file() else {
        return TokenStream::new();
    };
    let findings = walk::walk(&root);
    let dropped = findings.dropped.iter().map(error);
    let directory = root.parent().unwrap_or(Path::new(""));
    let lists = findings
        .functions
        .chunk_by(|one, other| one.file == other.file && one.cfg == other.cfg);
    let lists = lists.map(|functions| list(functions, directory, krate));
    quote!(#(#dropped)* #(#lists)*)
}

/// Returns the statements for the functions of a file under the same predicates.
fn list(functions: &[Function], directory: &Path, krate: &TokenStream) -> TokenStream {
    let cfg = cfg(&functions[0].cfg);
    let file = &functions[0].file;
    let file = file.strip_prefix(directory).unwrap_or(file);
    let file = file.to_string_lossy();
    let names: Vec<&str> = functions.iter().map(|function| &*function.name).collect();
    // One string needs one relocation.
    let names = names.join("\n");
    let lines = functions.iter().map(|function| {
        let (first, last) = function.lines;
        quote!((#first, #last))
    });
    quote!(#cfg #krate::annotated(::core::file!(), #file, #names, &[#(#lines),*]);)
}

fn error(dropped: &Dropped) -> TokenStream {
    let Dropped {
        function,
        attribute,
        line,
    } = dropped;
    let cfg = cfg(&function.cfg);
    let file = function.file.display();
    let test = match function.name.as_str() {
        "" => "a test from a macro".to_owned(),
        name => format!("the test `{name}`"),
    };
    let message = format!(
        "`#[{attribute}]` drops {test} ({file}:{line}): in a target with `harness = false` rustc removes the \
         function before it expands `#[ns_test]`; {}",
        remedy(attribute)
    );
    quote!(#cfg ::core::compile_error!(#message);)
}

fn remedy(attribute: &str) -> String {
    match attribute.rsplit("::").next() {
        Some("test_case" | "test_matrix") => "use `#[rstest]` with `#[case(..)]`".into(),
        _ if attribute == "async_std::test" => {
            "remove it and write `#[ns_test(block_on = async_std::task::block_on)]`".into()
        }
        _ if attribute == "actix_rt::test" => {
            "remove it and write `#[ns_test(block_on = f)]`, where `f` calls `actix_rt::System::new().block_on(..)`".into()
        }
        _ => format!("remove `#[{attribute}]`: `#[ns_test]` registers the test"),
    }
}

/// Returns the `cfg` attribute for these predicates. It skips those that do not parse as tokens,
/// which rustc has not accepted either.
fn cfg(predicates: &[String]) -> TokenStream {
    let predicates = predicates
        .iter()
        .filter_map(|predicate| predicate.parse::<TokenStream>().ok());
    let predicates: Vec<TokenStream> = predicates.collect();
    if predicates.is_empty() {
        return TokenStream::new();
    }
    let allow = Ident::new("allow", Span::call_site());
    quote!(#[#allow(unexpected_cfgs)] #[cfg(all(#(#predicates),*))])
}
