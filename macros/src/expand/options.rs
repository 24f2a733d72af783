//! Writes the options that the harness reads.

use proc_macro2::TokenStream;
use quote::quote;

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

pub(super) fn ignore(test_attributes: &TestAttributes) -> TokenStream {
    match &test_attributes.ignore {
        TestAttribute::No => quote!(No),
        TestAttribute::Yes => quote!(Yes),
        TestAttribute::With(reason) => quote!(Because(#reason)),
    }
}
