//! The path of the crate `ns_test` in the expansion.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::{Path, Token};

use crate::crate_name;
use crate::model::Request;

/// The path that the request names, or that of the dependency.
pub(super) struct CratePath<'a>(Option<&'a Path>);

pub(super) fn krate(request: &Request) -> CratePath<'_> {
    CratePath(request.krate.as_ref())
}

impl ToTokens for CratePath<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self.0 {
            Some(path) => path.to_tokens(tokens),
            None => {
                <Token![::]>::default().to_tokens(tokens);
                Ident::new(&crate_name::name(), Span::call_site()).to_tokens(tokens);
            }
        }
    }
}
