//! Writes the call of the macro `__annotated_test`.
//!
//! Cargo builds this crate without optimization, and a suite may have thousands of tests. So what
//! most tests have is written token by token. Joining two token streams takes as long as about
//! twenty tokens, because the compiler does it.

use proc_macro2::{Delimiter, Group, Literal, TokenStream, TokenTree};
use quote::quote;

use super::body::case_body;
use super::crate_path::krate;
use super::entry::entry_attributes;
use super::options::{ignore, options};
use super::spec::spec;
use crate::editor;
use crate::function::{Function, Role, TestAttribute, TestAttributes, role};
use crate::model::Request;

pub(crate) fn expand(
    request: &Request,
    function: &Function,
    test_attributes: &TestAttributes,
) -> TokenStream {
    let Function {
        attributes,
        visibility,
        signature,
        body,
    } = function;
    let of_function = attributes
        .iter()
        .filter(|attribute| role(attribute) == Role::Other);
    let name = &signature.ident;
    let text = name.to_string();
    let krate = krate(request);
    let ignore = ignore(test_attributes);
    let of_entry = entry_attributes(function);
    let is_ignored = !matches!(test_attributes.ignore, TestAttribute::No);
    let unsupported = (!is_ignored && !editor::is_asking()).then_some("needs Linux namespaces");
    // Options that many tests share are statics of the runtime, because rustc evaluates a constant
    // again in each test.
    let (spec, options) = (spec(request), options(request, test_attributes));
    let spec = spec.shared(&["HERMETIC", "NOTHING"]);
    let options = options.shared(&["DEFAULT"]);
    let case_body = case_body(function, request.block_on.as_ref());
    let manifest_dir = manifest_dir();
    quote! {
        #[cfg(test)]
        #krate::__annotated_test! {
            #ignore #unsupported;
            #(#of_entry)* #visibility fn #name = #text;
            #manifest_dir, #spec, #options, #case_body;
            #(#of_function)* #signature #(#body)*
        }
    }
}

/// Returns the directory of the crate's Cargo.toml. A literal costs less than another macro call in
/// each test.
fn manifest_dir() -> TokenTree {
    match std::env::var("CARGO_MANIFEST_DIR") {
        Ok(directory) => Literal::string(&directory).into(),
        Err(_) => {
            let call = quote!(::core::env!("CARGO_MANIFEST_DIR"));
            Group::new(Delimiter::Parenthesis, call).into()
        }
    }
}
