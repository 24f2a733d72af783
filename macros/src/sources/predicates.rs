//! Writes the `cfg` predicates under which a function is compiled.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

/// Returns the `cfg` attribute for these predicates. It skips those that do not parse as tokens,
/// which rustc has not accepted either.
pub(super) fn cfg(predicates: &[String]) -> TokenStream {
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
