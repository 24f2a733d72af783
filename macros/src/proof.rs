//! Proves that a function passed to another macro has come back.
//!
//! Some macros put `#[core::prelude::v1::test]` in front of the remaining attributes. Without
//! libtest, rustc then drops the function before it expands the second `#[ns_test]`. So the first
//! expansion declares a macro that only the second one calls, with `#[deny(unused_macros)]`.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Expr, Lit};

use crate::function::Function;
use crate::parse::{Form, Item};

/// Passed between the two expansions of an attribute; not for users.
const ARGUMENT: &str = "__proof";

/// The argument that the second expansion receives.
pub(crate) struct Proof {
    /// The macro.
    name: Ident,
    /// The other test attributes that the function had at the previous expansion.
    drivers: String,
}

impl Proof {
    /// Creates the proof for a function. The macro's name has the span of the function's name,
    /// where rustc reports the lint. rustc suppresses it in macros of other crates.
    pub(crate) fn of(function: &Function) -> Self {
        let name = &function.signature.ident;
        Self {
            name: format_ident!("{}_would_be_dropped", name, span = name.span()),
            drivers: function.drivers(),
        }
    }

    /// Removes the proof from the attribute's items: this is the second expansion.
    pub(crate) fn take(items: &mut Vec<Item>) -> Option<Self> {
        let is_proof = |item: &Item| matches!(item, Item::Entry(entry) if entry.name == ARGUMENT);
        let place = items.iter().position(is_proof)?;
        let Item::Entry(entry) = items.remove(place) else {
            return None;
        };
        let Form::Called(items) = entry.form else {
            return None;
        };
        match items.as_slice() {
            [Item::Entry(name), Item::Value(Expr::Lit(drivers))] => Some(Self {
                name: name.name.clone(),
                drivers: match &drivers.lit {
                    Lit::Str(drivers) => drivers.value(),
                    _ => return None,
                },
            }),
            _ => None,
        }
    }

    /// Returns the proof for the next expansion. `None`: no other test attribute has been expanded
    /// since the last one, so rustc does not know the remaining one.
    pub(crate) fn next(self, function: &Function) -> Option<Self> {
        let drivers = function.drivers();
        (drivers != self.drivers).then_some(Self { drivers, ..self })
    }

    pub(crate) fn declaration(&self) -> TokenStream {
        const REMEDY: &str = "the other test attribute puts `#[core::prelude::v1::test]` in front of `#[ns_test]`, so that \
                              rustc drops the test in a target with `harness = false`: use a newer release of that \
                              attribute's crate, or replace it with `#[ns_test(block_on = ..)]`";
        let name = &self.name;
        quote! {
            #[cfg(test)]
            #[deny(unused_macros, reason = #REMEDY)]
            macro_rules! #name { () => {} }
        }
    }

    /// Returns the argument for the attribute of the next expansion.
    pub(crate) fn argument(&self) -> TokenStream {
        let (argument, name) = (format_ident!("{ARGUMENT}"), &self.name);
        let drivers = &self.drivers;
        quote!(#argument(#name, #drivers),)
    }

    /// Returns the call that only the second expansion emits.
    pub(crate) fn call(&self) -> TokenStream {
        let name = &self.name;
        quote!(#[cfg(test)] #name! {})
    }
}
