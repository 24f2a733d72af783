//! The proof that a function that was handed to another macro has come back.
//!
//! A macro that puts `#[core::prelude::v1::test]` in front of the remaining attributes has rustc drop the function,
//! where there is no libtest, before the second `#[ns_test]` is expanded. So the first one declares a macro that only
//! the second one calls, and denies that it is unused.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Expr, Lit};

use crate::function::Function;
use crate::parse::{Form, Item};

/// Between the two expansions of an attribute. Not for people.
const ARGUMENT: &str = "__proof";

/// What the second expansion has to show.
pub(crate) struct Proof {
    /// The macro.
    name: Ident,
    /// The other test attributes that the function had at the expansion before.
    drivers: String,
}

impl Proof {
    /// The name has the span of the function's: rustc keeps silent about what is wrong in a macro of another crate, and
    /// shows that place.
    pub(crate) fn of(function: &Function) -> Self {
        let name = &function.signature.ident;
        Self {
            name: format_ident!("{}_would_be_dropped", name, span = name.span()),
            drivers: function.drivers(),
        }
    }

    /// Takes it off the attribute's items: this is the second expansion.
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

    /// For the next expansion. `None`: no other test attribute has been expanded since the last one, so that rustc does not
    /// know the one that is left.
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

    /// For the attribute of the next expansion.
    pub(crate) fn argument(&self) -> TokenStream {
        let (argument, name) = (format_ident!("{ARGUMENT}"), &self.name);
        let drivers = &self.drivers;
        quote!(#argument(#name, #drivers),)
    }

    /// The call that only the second expansion makes.
    pub(crate) fn call(&self) -> TokenStream {
        let name = &self.name;
        quote!(#[cfg(test)] #name! {})
    }
}
