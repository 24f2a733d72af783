//! The attribute's tokens as a tree of names, values and brackets, not yet interpreted.

use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, Ident, LitBool, Result, Token, parenthesized, token};

/// One entry between commas.
pub(crate) enum Item {
    Entry(Entry),
    Value(Expr),
}

pub(crate) struct Entry {
    pub(crate) name: Ident,
    pub(crate) form: Form,
}

pub(crate) enum Form {
    /// `net`
    Bare,
    /// `timeout = "5s"`
    Assigned(Expr),
    /// `bind("a", "/b", ro)`
    Called(Vec<Item>),
}

pub(crate) fn parse(attribute: TokenStream) -> Result<Vec<Item>> {
    items.parse2(attribute)
}

fn items(input: ParseStream<'_>) -> Result<Vec<Item>> {
    Ok(Punctuated::<Item, Token![,]>::parse_terminated(input)?
        .into_iter()
        .collect())
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let named = input.peek(Ident::peek_any) && !input.peek(LitBool);
        let path_or_macro = input.peek2(Token![::]) || input.peek2(Token![!]);
        if named && !path_or_macro {
            input.parse().map(Self::Entry)
        } else {
            input.parse().map(Self::Value)
        }
    }
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = input.call(Ident::parse_any)?.unraw();
        if input.peek(Token![:]) {
            return Err(Error::new(
                input.span(),
                format!("expected `=` after `{name}`"),
            ));
        }
        let form = if input.peek(token::Paren) {
            let brackets;
            parenthesized!(brackets in input);
            Form::Called(items(&brackets)?)
        } else if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            Form::Assigned(input.parse()?)
        } else {
            Form::Bare
        };
        Ok(Self { name, form })
    }
}
