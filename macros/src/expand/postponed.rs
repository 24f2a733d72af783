//! Writes a test that other test macros expand first.

use proc_macro2::TokenStream;
use quote::quote;

use super::crate_path::krate;
use crate::function::{Function, Role, role};
use crate::model::Request;
use crate::proof::Proof;

/// Gives the function back to rustc with our attribute last, so that the other macros expand before
/// it.
///
/// `proof` is set if this has happened before: the function has several such attributes, and one is
/// left.
pub(crate) fn postpone(
    attribute: &TokenStream,
    request: &Request,
    function: &Function,
    proof: Option<Proof>,
) -> syn::Result<TokenStream> {
    let is_again = proof.is_some();
    let proof = match proof {
        Some(proof) => proof
            .next(function)
            .ok_or_else(|| function.unknown_driver())?,
        None => Proof::of(function),
    };
    let declaration = (!is_again).then(|| proof.declaration());
    let attribute = without_proof(attribute, is_again);
    let proof = proof.argument();
    let krate = krate(request);
    let Function {
        attributes,
        visibility,
        signature,
        body,
    } = function;
    let attributes = attributes
        .iter()
        .filter(|attribute| role(attribute) != Role::Test);
    // rstest requires an attribute called `test` on an `async fn`.
    let name = match request.block_on {
        Some(_) => quote!(test),
        None => quote!(ns_test),
    };
    Ok(quote! {
        #declaration
        #[cfg(test)]
        #(#attributes)*
        #[#krate::#name(#proof #attribute)]
        #visibility #signature #(#body)*
    })
}

/// Removes the proof of the previous expansion: the first argument and its comma.
fn without_proof(attribute: &TokenStream, is_there: bool) -> TokenStream {
    const LENGTH: usize = 3;
    let tokens = attribute.clone().into_iter();
    tokens.skip(if is_there { LENGTH } else { 0 }).collect()
}
