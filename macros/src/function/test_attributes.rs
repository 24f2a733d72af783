//! `#[ignore]` and `#[should_panic]`: removed from the function and kept as data, in all forms that
//! Rust accepts.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, MetaNameValue, Token};

use super::{Function, Role, role};
use crate::mistakes::Mistakes;

#[derive(Default)]
pub(crate) struct TestAttributes {
    pub(crate) ignore: TestAttribute,
    pub(crate) should_panic: TestAttribute,
}

#[derive(Default)]
pub(crate) enum TestAttribute {
    #[default]
    No,
    Yes,
    With(TokenStream),
}

impl TestAttributes {
    pub(crate) fn read(function: &Function, mistakes: &Mistakes) -> Self {
        let mut test_attributes = Self::default();
        for attribute in &function.attributes {
            let (mark, written) = match role(attribute) {
                Role::Ignore => (&mut test_attributes.ignore, ignore(attribute)),
                Role::ShouldPanic => (&mut test_attributes.should_panic, should_panic(attribute)),
                _ => continue,
            };
            match (&mark, written) {
                (_, Err(message)) => mistakes.on(attribute, message),
                (TestAttribute::No, Ok(written)) => *mark = written,
                // The first one counts, as for rustc. Macros repeat them.
                _ => {}
            }
        }
        test_attributes
    }
}

fn ignore(attribute: &Attribute) -> Result<TestAttribute, &'static str> {
    match &attribute.meta {
        Meta::Path(_) => Ok(TestAttribute::Yes),
        Meta::NameValue(reason) => Ok(TestAttribute::With(reason.value.to_token_stream())),
        Meta::List(_) => Err("`ignore` is written `#[ignore]` or `#[ignore = \"reason\"]`"),
    }
}

fn should_panic(attribute: &Attribute) -> Result<TestAttribute, &'static str> {
    const FORMS: &str =
        "`should_panic` is written `#[should_panic]` or `#[should_panic(expected = \"message\")]`";
    match &attribute.meta {
        Meta::Path(_) => Ok(TestAttribute::Yes),
        Meta::NameValue(message) => Ok(TestAttribute::With(message.value.to_token_stream())),
        Meta::List(list) => {
            let pairs = Punctuated::<MetaNameValue, Token![,]>::parse_terminated;
            let pairs = list.parse_args_with(pairs).unwrap_or_default();
            match pairs.first() {
                Some(pair) if pairs.len() == 1 && pair.path.is_ident("expected") => {
                    Ok(TestAttribute::With(pair.value.to_token_stream()))
                }
                _ => Err(FORMS),
            }
        }
    }
}
