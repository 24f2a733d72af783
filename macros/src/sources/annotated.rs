//! Writes the list of the annotated functions.

use std::path::Path;

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::compiler;
use super::dropped::error;
use super::predicates::cfg;
use super::walk::{self, Function};

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
    // Not pairs: this crate, which Cargo does not optimize, takes longer for brackets.
    let lines = functions.iter().flat_map(|function| {
        let (first, last) = function.lines;
        [first, last].map(Literal::u32_unsuffixed)
    });
    quote!(#cfg #krate::annotated(::core::file!(), #file, #names, &[#(#lines),*]);)
}
