//! After a mistake the function is emitted unchanged, so that one mistake gives one error.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Error;

use crate::function::{Function, Role, role};

pub(crate) fn untouched(item: TokenStream, mistakes: &Error) -> TokenStream {
    let errors = mistakes.to_compile_error();
    let item = Function::read(item.clone()).map_or(item, plain);
    quote!(#item #errors)
}

/// Removes the attributes that would only report the same mistake again.
fn plain(mut function: Function) -> TokenStream {
    if !function.has_driver() {
        function
            .attributes
            .retain(|attribute| role(attribute) == Role::Other);
    }
    let Function {
        attributes,
        visibility,
        signature,
        body,
    } = function;
    let only_in_tests = signature.receiver().is_none().then(|| quote!(#[cfg(test)]));
    quote!(#only_in_tests #(#attributes)* #visibility #signature #(#body)*)
}
