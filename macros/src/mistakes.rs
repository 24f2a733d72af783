//! Mistakes are collected, so that one build shows all of them.

use std::cell::RefCell;

use proc_macro2::Span;
use quote::ToTokens;
use syn::Error;

#[derive(Default)]
pub(crate) struct Mistakes(RefCell<Vec<Error>>);

impl Mistakes {
    /// Notes a mistake in one token.
    pub(crate) fn at(&self, span: Span, message: impl Into<String>) {
        self.add(Error::new(span, message.into()));
    }

    /// Notes a mistake in several tokens: a single span would cover only the first.
    pub(crate) fn on(&self, tokens: impl ToTokens, message: impl Into<String>) {
        self.add(Error::new_spanned(tokens, message.into()));
    }

    pub(crate) fn add(&self, mistake: Error) {
        self.0.borrow_mut().push(mistake);
    }

    /// Returns the value, or notes the mistake and returns `None`.
    pub(crate) fn note<T>(&self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|mistake| self.add(mistake)).ok()
    }

    pub(crate) fn into_result(self) -> syn::Result<()> {
        let all = self.0.into_inner().into_iter().reduce(|mut all, next| {
            all.combine(next);
            all
        });
        all.map_or(Ok(()), Err)
    }
}
