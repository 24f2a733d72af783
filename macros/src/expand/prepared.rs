//! Expands `prepared(..)` to the runtime's types.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::record::{duration, list, option, os_text};
use crate::model::{Preparation, Prepared};

pub(super) fn prepared(prepared: &Prepared) -> TokenStream {
    let layers = prepared.layers.iter().map(preparation);
    let layers = list("Preparation", layers);
    let (target, copy) = (os_text(&prepared.target.value), prepared.copy);
    let upper = match prepared.upper {
        Some("memory") => quote!(Memory),
        Some(_disk) => quote!(Disk),
        None => quote!(Auto),
    };
    quote!(__ns_test::Prepared {
        target: #target,
        layers: #layers,
        copy: #copy,
        upper: __ns_test::Upper::#upper,
    })
}

/// Returns a preparation. The function's result has the span of the function's path, where rustc
/// then reports a type that is not valid for a test.
fn preparation(preparation: &Preparation) -> TokenStream {
    let function = &preparation.function;
    let inputs = preparation.inputs.as_ref().map(|inputs| {
        let inputs = inputs.iter().map(|input| os_text(input));
        list("OsText", inputs)
    });
    let (inputs, timeout) = (option(inputs), option(preparation.timeout.map(duration)));
    let span = function.span().resolved_at(Span::call_site());
    let call = quote_spanned!(span=> |directory| __ns_test::report(#function(directory)));
    quote!(__ns_test::Preparation {
        function: __ns_test::PreparationFn::Static {
            name: || __ns_test::name_of(&#function),
            call: #call,
        },
        inputs: #inputs,
        timeout: #timeout,
    })
}
