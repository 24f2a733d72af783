//! The attributes of libtest's entry, the second function of the test's name.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Meta};

use crate::function::{Function, Role, role};

/// Returns the attributes of the `#[test]`.
pub(super) fn entry_attributes(function: &Function) -> Vec<TokenStream> {
    let mut is_ignored = false;
    let copied = function.attributes.iter().filter(|attribute| {
        // If there are several, the first one counts.
        let is_again = is_ignored && role(attribute) == Role::Ignore;
        is_ignored |= role(attribute) == Role::Ignore;
        !is_again
    });
    copied.filter_map(copied_to_entry).collect()
}

/// Attributes that also apply to the second function of that name. `missing_docs` requires its
/// docs, and a lint that is allowed on only one of them would fire on the other. An `expect` would
/// be unfulfilled there.
fn copied_to_entry(attribute: &Attribute) -> Option<TokenStream> {
    match &attribute.meta {
        _ if role(attribute) == Role::Ignore => Some(quote!(#attribute)),
        Meta::NameValue(doc) if doc.path.is_ident("doc") => Some(quote!(#attribute)),
        Meta::List(list) if list.path.is_ident("allow") || list.path.is_ident("expect") => {
            let lints = &list.tokens;
            Some(quote!(#[allow(#lints)]))
        }
        _ => None,
    }
}
