//! Writes the function that the test's process calls.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Path, ReturnType, Type};

use crate::function::Function;

/// The variant of the runtime's `Body`, and its value.
pub(super) enum CaseBody<'a> {
    /// The function itself.
    Unit(&'a Ident),
    /// A closure that calls it.
    Reported(TokenStream),
}

impl ToTokens for CaseBody<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Unit(name) => {
                format_ident!("Unit").to_tokens(tokens);
                name.to_tokens(tokens);
            }
            Self::Reported(closure) => tokens.extend(quote!(Reported (#closure))),
        }
    }
}

/// Returns the test's body. Its result has the span of the result's type, where rustc then reports
/// a type that is not valid for a test.
///
/// A function without a result is stored as it is. A closure would be two more functions in the
/// binary, for each test.
pub(super) fn case_body<'a>(function: &'a Function, block_on: Option<&Path>) -> CaseBody<'a> {
    let signature = &function.signature;
    let name = &signature.ident;
    if block_on.is_none() && function.returns_nothing() {
        return CaseBody::Unit(name);
    }
    let call = |span| match block_on {
        Some(block_on) => quote_spanned!(span=> #block_on(#name())),
        None => quote_spanned!(span=> #name()),
    };
    CaseBody::Reported(match &signature.output {
        // Code after a call that never returns would be unreachable.
        ReturnType::Type(_, output) if matches!(**output, Type::Never(_)) => {
            let call = call(Span::call_site());
            quote!(|| #call)
        }
        output => {
            let span = output.span().resolved_at(Span::call_site());
            let call = call(span);
            quote_spanned!(span=> || __ns_test::report(#call))
        }
    })
}
