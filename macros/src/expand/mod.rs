//! Expands the function to a call of the runtime's macro `__annotated_test`, which writes the items
//! of a test: runtime/src/request/expansion.rs.
//!
//! All names are absolute because users shadow `core`, `std`, `Some` and `Result`.

mod prepared;
mod record;
mod spec;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use record::Record;
use syn::spanned::Spanned;
use syn::{Attribute, Meta, Path, ReturnType, Type};

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
    let Function {
        attributes,
        visibility,
        signature,
        body,
    } = function;
    let of_function = attributes
        .iter()
        .filter(|attribute| role(attribute) == Role::Other);
    let name = &signature.ident;
    let text = name.to_string();
    let krate = krate(request);
    let ignore = ignore(test_attributes);
    let of_entry = entry_attributes(function);
    let is_ignored = !matches!(test_attributes.ignore, TestAttribute::No);
    let unsupported = (!is_ignored && !editor::is_asking()).then_some("needs Linux namespaces");
    let case = case(request, function, test_attributes);
    quote! {
        #[cfg(test)]
        #krate::__annotated_test! {
            (#unsupported) (#ignore)
            (#of_entry) #visibility fn #name = #text
            (#(#of_function)* #signature #body)
            #case
        }
    }
}

/// Gives the function back to rustc with our attribute last, so that the other macros expand before
/// it.
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

fn krate(request: &Request) -> TokenStream {
    match &request.krate {
        Some(krate) => quote!(#krate),
        None => {
            let name = Ident::new(&crate_name::name(), Span::call_site());
            quote!(::#name)
        }
    }
}

/// Returns the attributes of the `#[test]`.
fn entry_attributes(function: &Function) -> TokenStream {
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

/// Returns the test's case. Options that many tests share are statics of the runtime, because rustc
/// evaluates a constant again in each test.
fn case(request: &Request, function: &Function, test_attributes: &TestAttributes) -> TokenStream {
    let spec = spec::spec(request);
    let spec = spec.shared(&[("HERMETIC", quote!(HERMETIC)), ("NOTHING", quote!(NOTHING))]);
    let options = options(request, test_attributes);
    let options = options.shared(&[("DEFAULT", quote!(DEFAULT))]);
    let body = body(function, request.block_on.as_ref());
    let manifest_dir = manifest_dir();
    quote!(#manifest_dir (#spec) (#options) (#body))
}

/// Returns the directory of the crate's Cargo.toml. A literal costs less than another macro call in
/// each test.
fn manifest_dir() -> TokenStream {
    match std::env::var("CARGO_MANIFEST_DIR") {
        Ok(directory) => quote!(#directory),
        Err(_) => quote!((::core::env!("CARGO_MANIFEST_DIR"))),
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
