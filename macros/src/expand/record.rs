//! A constant of a runtime type: a named constant, and the fields that differ from it.

use std::time::Duration;

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};

use crate::grammar::Group;
use crate::model::{Fields, Offset, Value, Written};

/// `Net::BARE`, or `Net { lo: false, ..Net::BARE }`.
///
/// It creates tokens only when it is written. Tokens are slow in a debug build of this crate, and
/// the records of most tests are not written.
pub(super) struct Record {
    name: &'static str,
    base: &'static str,
    /// The number of fields in the structure. `..Net::BARE` after all of them would trigger a
    /// clippy lint.
    fields: usize,
    changes: Vec<TokenStream>,
}

impl Record {
    /// Returns the record of a group, with a field for each key.
    pub(super) fn of(group: &Group, name: &'static str, base: &'static str) -> Self {
        Self::like(name, base, group.keys.len())
    }

    pub(super) fn like(name: &'static str, base: &'static str, fields: usize) -> Self {
        Self {
            name,
            base,
            fields,
            changes: Vec::new(),
        }
    }

    pub(super) fn is_bare(&self) -> bool {
        self.changes.is_empty()
    }

    /// Returns the record for a reference in the macro `__annotated_test`: the name of a static of
    /// the runtime, if the record equals one of these constants.
    pub(super) fn shared(&self, statics: &[&str]) -> Shared<'_> {
        Shared {
            record: self,
            is_static: self.is_bare() && statics.contains(&self.base),
        }
    }

    pub(super) fn set(&mut self, field: &str, value: impl ToTokens) {
        let field = format_ident!("{field}");
        self.changes.push(quote!(#field: #value));
    }

    /// Adds the fields that the grammar's table lists.
    pub(super) fn set_all(&mut self, fields: &Fields) {
        for Written {
            name: field, value, ..
        } in &fields.0
        {
            match value {
                Value::Boolean(value) => self.set(field, value),
                Value::Text(value) => self.set_some(field, Some(text(value))),
                Value::Path(value) => self.set_some(field, Some(os_text(value))),
                Value::Number(value) => self.set_some(field, Some(value)),
                Value::Duration(value) => self.set_some(field, Some(duration(*value))),
                Value::Offset(value) => self.set(field, offset(*value)),
                Value::Choice(value) => self.set(field, choice(field, value)),
            }
        }
    }

    pub(super) fn set_some(&mut self, field: &str, value: Option<impl ToTokens>) {
        if value.is_some() {
            self.set(field, option(value));
        }
    }

    /// Sets a list as a separate constant: Rust 1.85 does not promote it inside a larger value.
    pub(super) fn set_list<T: ToTokens>(
        &mut self,
        field: &str,
        element: &str,
        items: impl Iterator<Item = T>,
    ) {
        let mut items = items.peekable();
        if items.peek().is_some() {
            self.set(field, list(element, items));
        }
    }

    /// Returns the fields that differ from the constant, and the rest of it.
    fn written_fields(&self) -> TokenStream {
        let Self {
            name,
            base,
            fields,
            changes,
        } = self;
        let [name, base] = [name, base].map(|name| format_ident!("{name}"));
        let rest = (changes.len() < *fields).then(|| quote!(..__ns_test::#name::#base));
        quote!(#(#changes,)* #rest)
    }
}

/// The name of a static, or a record, without the path in front.
pub(super) struct Shared<'a> {
    record: &'a Record,
    is_static: bool,
}

impl ToTokens for Shared<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        if self.is_static {
            format_ident!("{}", self.record.base).to_tokens(tokens);
        } else {
            let name = format_ident!("{}", self.record.name);
            let fields = self.record.written_fields();
            tokens.extend(quote!(#name { #fields }));
        }
    }
}

impl ToTokens for Record {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let [name, base] = [self.name, self.base].map(|name| format_ident!("{name}"));
        let fields = self.written_fields();
        tokens.extend(match self.is_bare() {
            true => quote!(__ns_test::#name::#base),
            false => quote!(__ns_test::#name { #fields }),
        });
    }
}

/// Returns a list of a runtime type of this name.
pub(super) fn list<T: ToTokens>(element: &str, items: impl Iterator<Item = T>) -> TokenStream {
    let element = format_ident!("{element}");
    quote!({ const LIST: &[__ns_test::#element] = &[#(#items),*]; __ns_test::List::Borrowed(LIST) })
}

pub(super) fn duration(duration: Duration) -> TokenStream {
    let (seconds, nanoseconds) = (duration.as_secs(), duration.subsec_nanos());
    quote!(::core::time::Duration::new(#seconds, #nanoseconds))
}

pub(super) fn offset(offset: Offset) -> TokenStream {
    let Offset {
        seconds,
        nanoseconds,
    } = offset;
    quote!(__ns_test::Offset { seconds: #seconds, nanoseconds: #nanoseconds })
}

/// Returns `Tmp::Host` for `tmp = "host"`.
fn choice(key: &str, value: &str) -> TokenStream {
    let [key, value] = [key, value].map(|name| {
        let (first, rest) = name.split_at(1);
        format_ident!("{}{rest}", first.to_uppercase())
    });
    quote!(__ns_test::#key::#value)
}

pub(super) fn text(text: &str) -> TokenStream {
    quote!(__ns_test::Text::Borrowed(#text))
}

/// Returns a path, or a name or value in the environment.
pub(super) fn os_text(text: &str) -> TokenStream {
    quote!(__ns_test::OsText::Literal(#text))
}

pub(super) fn option(value: Option<impl ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}
