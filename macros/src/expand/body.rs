//! Writes the function that the test's process calls.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Path, ReturnType, Type};

use crate::function::Function;

/// Returns the test's body. Its result has the span of the result's type, where rustc then reports
/// a type that is not valid for a test.
///
/// A function without a result is stored as it is. A closure would be two more functions in the
/// binary, for each test.
pub(super) fn body(function: &Function, block_on: Option<&Path>) -> TokenStream {
    let signature = &function.signature;
    let name = &signature.ident;
    if block_on.is_none() && function.returns_nothing() {
        return quote!(__ns_test::Body::Unit(#name));
    }
    let call = |span| match block_on {
        Some(block_on) => quote_spanned!(span=> #block_on(#name())),
        None => quote_spanned!(span=> #name()),
    };
    match &signature.output {
        // Code after a call that never returns would be unreachable.
        ReturnType::Type(_, output) if matches!(**output, Type::Never(_)) => {
            let call = call(Span::call_site());
            quote!(__ns_test::Body::Reported(|| #call))
        }
        output => {
            let span = output.span().resolved_at(Span::call_site());
            let call = call(span);
            let closure = quote_spanned!(span=> || __ns_test::report(#call));
            quote!(__ns_test::Body::Reported(#closure))
        }
    }
}
