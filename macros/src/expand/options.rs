//! Writes the options that the harness reads.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};

use super::record::Record;
use crate::function::{TestAttribute, TestAttributes};
use crate::model::Request;

pub(super) fn options(request: &Request, test_attributes: &TestAttributes) -> Record {
    let mut record = Record::like("Options", "DEFAULT", 6);
    record.set_all(&request.options);
    if !matches!(test_attributes.ignore, TestAttribute::No) {
        let ignore = ignore(test_attributes);
        record.set("ignore", quote!(__ns_test::Ignore::#ignore));
    }
    match &test_attributes.should_panic {
        TestAttribute::No => {}
        TestAttribute::Yes => record.set("should_panic", quote!(__ns_test::ShouldPanic::Yes)),
        TestAttribute::With(message) => {
            let expected = quote!(__ns_test::ShouldPanic::Expected(#message));
            record.set("should_panic", expected);
        }
    }
    record
}

/// Returns the variant of `Ignore`.
pub(super) fn ignore(test_attributes: &TestAttributes) -> IgnoreVariant<'_> {
    IgnoreVariant(&test_attributes.ignore)
}

pub(super) struct IgnoreVariant<'a>(&'a TestAttribute);

impl ToTokens for IgnoreVariant<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match &self.0 {
            TestAttribute::No => format_ident!("No").to_tokens(tokens),
            TestAttribute::Yes => format_ident!("Yes").to_tokens(tokens),
            TestAttribute::With(reason) => tokens.extend(quote!(Because(#reason))),
        }
    }
}
