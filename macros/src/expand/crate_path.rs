//! The path of the crate `ns_test` in the expansion.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::crate_name;
use crate::model::Request;

pub(super) fn krate(request: &Request) -> TokenStream {
    match &request.krate {
        Some(krate) => quote!(#krate),
        None => {
            let name = Ident::new(&crate_name::name(), Span::call_site());
            quote!(::#name)
        }
    }
}
