//! Expands the function to one entry in the table of cases and one `#[test]` of the same name.
//!
//! libtest runs the `#[test]`. Without libtest, rustc drops it and the harness reads only the
//! table. Outside `cfg(test)` the expansion is empty. All names are absolute because users shadow
//! `core`, `std`, `Some` and `Result`.

mod prepared;
mod record;
mod spec;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use record::Record;
use syn::spanned::Spanned;
use syn::{Attribute, Meta, Path, ReturnType, Signature, Type, parse_quote};

use crate::crate_name;
use crate::editor;
use crate::function::test_attributes::{TestAttribute, TestAttributes};
use crate::function::{Function, Role, role};
use crate::model::Request;
use crate::proof::Proof;

pub(crate) fn expand(
    request: &Request,
    function: &Function,
    test_attributes: &TestAttributes,
) -> TokenStream {
    let krate = krate(request);
    let entry = libtest_entry(function, test_attributes, &krate);
    let case = case(request, function, test_attributes);
    let Function {
        attributes,
        signature,
        body,
        ..
    } = function;
    let attributes = attributes
        .iter()
        .filter(|attribute| role(attribute) == Role::Other);
    let name = &signature.ident;
    let elsewhere = elsewhere(signature, test_attributes, &krate);
    let miri = editor::miri();
    // `allow` and no `expect`: most tests do not trigger these lints, and each token costs build
    // time in every test.
    quote! {
        #entry
        #elsewhere
        #[cfg(all(test, target_os = "linux"))]
        const _: () = {
            #(#attributes)*
            #[allow(clippy::missing_const_for_fn, clippy::single_call_fn)]
            #signature #body
            #[cfg(not(#miri))]
            const _: () = {
                use #krate::__private as __ns_test;
                #[used]
                #[unsafe(link_section = "ns_test_cases")]
                static __CASE: __ns_test::Record = &#case;
            };
            #[cfg(#miri)]
            const _: () = {
                let _ = #name;
            };
        };
    }
}

/// Returns the function to rustc with our attribute last, so that we expand what the other macros
/// make of it.
///
/// `proof` is set if this has happened before: the function has several such attributes, and one is
/// left.
pub(crate) fn postpone(
    attribute: &TokenStream,
    request: &Request,
    function: &Function,
    proof: Option<Proof>,
) -> syn::Result<TokenStream> {
    let is_again = proof.is_some();
    let proof = match proof {
        Some(proof) => proof
            .next(function)
            .ok_or_else(|| function.unknown_driver())?,
        None => Proof::of(function),
    };
    let declaration = (!is_again).then(|| proof.declaration());
    let attribute = without_proof(attribute, is_again);
    let proof = proof.argument();
    let krate = krate(request);
    let Function {
        attributes,
        visibility,
        signature,
        body,
    } = function;
    let attributes = attributes
        .iter()
        .filter(|attribute| role(attribute) != Role::Test);
    // rstest requires an attribute called `test` on an `async fn`.
    let name = match request.block_on {
        Some(_) => quote!(test),
        None => quote!(ns_test),
    };
    Ok(quote! {
        #declaration
        #[cfg(test)]
        #(#attributes)*
        #[#krate::#name(#proof #attribute)]
        #visibility #signature #body
    })
}

/// Removes the proof of the previous expansion: the first argument and its comma.
fn without_proof(attribute: &TokenStream, is_there: bool) -> TokenStream {
    const LENGTH: usize = 3;
    let tokens = attribute.clone().into_iter();
    tokens.skip(if is_there { LENGTH } else { 0 }).collect()
}

fn krate(request: &Request) -> Path {
    request.krate.clone().unwrap_or_else(|| {
        let name = Ident::new(&crate_name::name(), Span::call_site());
        parse_quote!(::#name)
    })
}

fn libtest_entry(
    function: &Function,
    test_attributes: &TestAttributes,
    krate: &Path,
) -> TokenStream {
    let Function {
        visibility,
        signature,
        ..
    } = function;
    let name = &signature.ident;
    let text = name.to_string();
    let mut is_ignored = false;
    let copied = function.attributes.iter().filter(|attribute| {
        // If there are several, the first one counts.
        let is_again = is_ignored && role(attribute) == Role::Ignore;
        is_ignored |= role(attribute) == Role::Ignore;
        !is_again
    });
    let copied = copied.filter_map(copied_to_entry);
    let miri = editor::miri();
    let ignore = match &test_attributes.ignore {
        TestAttribute::No => {
            quote!(#[cfg_attr(any(not(target_os = "linux"), #miri), ignore = "needs Linux namespaces")])
        }
        TestAttribute::Yes | TestAttribute::With(_) => TokenStream::new(),
    };
    quote! {
        #[cfg(test)]
        #[::core::prelude::v1::test]
        #ignore
        #(#copied)*
        #visibility fn #name() {
            #[cfg(all(target_os = "linux", not(#miri)))]
            #krate::__private::libtest_entry(::core::module_path!(), #text);
            #[cfg(not(all(target_os = "linux", not(#miri))))]
            #krate::__private::did_not_run();
        }
    }
}

/// Expands for platforms without a table of cases: a constructor adds the test's name to a list.
fn elsewhere(signature: &Signature, test_attributes: &TestAttributes, krate: &Path) -> TokenStream {
    let (name, miri) = (signature.ident.to_string(), editor::miri());
    let ignore = ignore(test_attributes);
    quote! {
        #[cfg(all(test, not(target_family = "wasm"), any(not(target_os = "linux"), #miri)))]
        const _: () = {
            use #krate::__private as __ns_test;
            static __ENTRY: __ns_test::Entry = __ns_test::Entry {
                module: ::core::module_path!(),
                name: #name,
                ignore: __ns_test::Ignore::#ignore,
            };
            extern "C" fn __enter() {
                __ENTRY.enter();
            }
            #[used]
            #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func,mod_init_funcs"))]
            #[cfg_attr(windows, unsafe(link_section = ".CRT$XCU"))]
            #[cfg_attr(not(any(target_vendor = "apple", windows)), unsafe(link_section = ".init_array"))]
            static __AT_START: extern "C" fn() = __enter;
        };
    }
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

/// Returns the test's case. Options that many tests share are statics of the runtime, because rustc
/// evaluates a constant again in each test.
fn case(request: &Request, function: &Function, test_attributes: &TestAttributes) -> TokenStream {
    let name = function.signature.ident.to_string();
    let spec = spec::spec(request);
    let spec = spec.shared(&[("HERMETIC", quote!(HERMETIC)), ("NOTHING", quote!(NOTHING))]);
    let options = options(request, test_attributes);
    let options = options.shared(&[("DEFAULT", quote!(DEFAULT))]);
    let body = body(function, request.block_on.as_ref());
    quote! {
        __ns_test::Case {
            path: ::core::concat!(::core::module_path!(), "::", #name),
            manifest_dir: ::core::env!("CARGO_MANIFEST_DIR"),
            file: ::core::file!(),
            line: ::core::line!(),
            column: ::core::column!(),
            spec: #spec,
            options: #options,
            body: #body,
        }
    }
}

fn options(request: &Request, test_attributes: &TestAttributes) -> Record {
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

fn ignore(test_attributes: &TestAttributes) -> TokenStream {
    match &test_attributes.ignore {
        TestAttribute::No => quote!(No),
        TestAttribute::Yes => quote!(Yes),
        TestAttribute::With(reason) => quote!(Because(#reason)),
    }
}

/// Returns the test's body. Its result has the span of the result's type, where rustc then reports
/// a type that is not valid for a test.
///
/// A function without a result is stored as it is. A closure would be two more functions in the
/// binary, for each test.
fn body(function: &Function, block_on: Option<&Path>) -> TokenStream {
    let signature = &function.signature;
    let name = &signature.ident;
    if block_on.is_none() && function.returns_nothing() {
        return quote!(__ns_test::Body::Unit(#name));
    }
    let call = |span| match block_on {
        Some(block_on) => quote_spanned!(span=> #block_on(#name())),
        None => quote_spanned!(span=> #name()),
    };
    match &signature.output {
        // Code after a call that never returns would be unreachable.
        ReturnType::Type(_, output) if matches!(**output, Type::Never(_)) => {
            let call = call(Span::call_site());
            quote!(__ns_test::Body::Reported(|| #call))
        }
        output => {
            let span = output.span().resolved_at(Span::call_site());
            let call = call(span);
            let closure = quote_spanned!(span=> || __ns_test::report(#call));
            quote!(__ns_test::Body::Reported(#closure))
        }
    }
}
