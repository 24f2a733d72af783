//! Writes the call of the macro `__annotated_test`.

use proc_macro2::TokenStream;
use quote::quote;

use super::body::body;
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
    let case = case(request, function, test_attributes);
    quote! {
        #[cfg(test)]
        #krate::__annotated_test! {
            (#unsupported) (#ignore)
            (#of_entry) #visibility fn #name = #text
            (#(#of_function)* #signature #body)
            #case
        }
    }
}

/// Returns the test's case. Options that many tests share are statics of the runtime, because rustc
/// evaluates a constant again in each test.
fn case(request: &Request, function: &Function, test_attributes: &TestAttributes) -> TokenStream {
    let spec = spec(request);
    let spec = spec.shared(&[("HERMETIC", quote!(HERMETIC)), ("NOTHING", quote!(NOTHING))]);
    let options = options(request, test_attributes);
    let options = options.shared(&[("DEFAULT", quote!(DEFAULT))]);
    let body = body(function, request.block_on.as_ref());
    let manifest_dir = manifest_dir();
    quote!(#manifest_dir (#spec) (#options) (#body))
}

/// Returns the directory of the crate's Cargo.toml. A literal costs less than another macro call in
/// each test.
fn manifest_dir() -> TokenStream {
    match std::env::var("CARGO_MANIFEST_DIR") {
        Ok(directory) => quote!(#directory),
        Err(_) => quote!((::core::env!("CARGO_MANIFEST_DIR"))),
    }
}
