//! `#[ignore]` and `#[should_panic]`: taken off the function and kept as data, in all the forms that Rust has.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, Meta, MetaNameValue};

use super::{Function, Role, role};
use crate::mistakes::Mistakes;

#[derive(Default)]
pub(crate) struct Marks {
    pub(crate) ignore: Mark,
    pub(crate) should_panic: Mark,
}

#[derive(Default)]
pub(crate) enum Mark {
    #[default]
    No,
    Yes,
    With(TokenStream),
}

impl Marks {
    pub(crate) fn read(function: &Function, mistakes: &Mistakes) -> Self {
        let mut marks = Self::default();
        for attribute in &function.attributes {
            let (mark, written) = match role(attribute) {
                Role::Ignore => (&mut marks.ignore, ignore(attribute)),
                Role::ShouldPanic => (&mut marks.should_panic, should_panic(attribute)),
                _ => continue,
            };
            match (&mark, written) {
                (_, Err(message)) => mistakes.on(attribute, message),
                (Mark::No, Ok(written)) => *mark = written,
                _ => mistakes.on(
                    attribute,
                    format!("duplicate `#[{}]`: keep one", name(attribute)),
                ),
            }
        }
        marks
    }
}

fn ignore(attribute: &Attribute) -> Result<Mark, &'static str> {
    match &attribute.meta {
        Meta::Path(_) => Ok(Mark::Yes),
        Meta::NameValue(reason) => Ok(Mark::With(reason.value.to_token_stream())),
        Meta::List(_) => Err("`ignore` is written `#[ignore]` or `#[ignore = \"reason\"]`"),
    }
}

fn should_panic(attribute: &Attribute) -> Result<Mark, &'static str> {
    const FORMS: &str =
        "`should_panic` is written `#[should_panic]` or `#[should_panic(expected = \"message\")]`";
    match &attribute.meta {
        Meta::Path(_) => Ok(Mark::Yes),
        Meta::NameValue(message) => Ok(Mark::With(message.value.to_token_stream())),
        Meta::List(list) => match list.parse_args::<MetaNameValue>() {
            Ok(pair) if pair.path.is_ident("expected") => {
                Ok(Mark::With(pair.value.to_token_stream()))
            }
            _ => Err(FORMS),
        },
    }
}

fn name(attribute: &Attribute) -> String {
    attribute
        .path()
        .get_ident()
        .map_or_else(String::new, ToString::to_string)
}
