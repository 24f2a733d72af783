//! The function below the attribute, and its other attributes.

pub(crate) mod test_attributes;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::parse::{Parse, ParseStream};
use syn::{
    Attribute, Error, LitStr, Meta, Path, Result, ReturnType, Safety, Signature, Token, Visibility,
};

use crate::mistakes::Mistakes;

pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    /// Never parsed: editors complete better in unchanged tokens.
    pub(crate) body: TokenStream,
}

/// The meaning of an attribute for the expansion.
#[derive(PartialEq, Eq)]
pub(crate) enum Role {
    /// `#[test]`: the expansion writes its own.
    Test,
    /// Another test macro: it expands first.
    Driver,
    Ignore,
    ShouldPanic,
    Refused(&'static str),
    Other,
}

impl Function {
    pub(crate) fn has_driver(&self) -> bool {
        self.driving().next().is_some()
    }

    /// Returns the other test attributes, as text.
    pub(crate) fn drivers(&self) -> String {
        let drivers = self.driving().map(|driver| driver.meta.to_token_stream());
        drivers.map(|tokens| tokens.to_string()).collect()
    }

    /// Returns the error at the attribute that no expansion has removed.
    pub(crate) fn unknown_driver(&self) -> Error {
        let message = "rustc did not expand this attribute: it found no macro of this name";
        Error::new_spanned(self.driving().next(), message)
    }

    fn driving(&self) -> impl Iterator<Item = &Attribute> {
        self.attributes
            .iter()
            .filter(|attribute| role(attribute) == Role::Driver)
    }

    pub(crate) fn check(&self, block_on: Option<&Path>, mistakes: &Mistakes) {
        let mut driven = self.has_driver();
        for attribute in &self.attributes {
            if let Role::Refused(reason) = role(attribute) {
                mistakes.on(attribute, reason);
                driven = true;
            }
        }
        // Another macro may change the signature first.
        if !driven {
            self.check_signature(mistakes);
            self.check_runtime(block_on, mistakes);
        }
    }

    /// Returns whether the function returns nothing, and no attribute can change that.
    pub(crate) fn returns_nothing(&self) -> bool {
        const HARMLESS: [&str; 7] = ["allow", "deny", "doc", "expect", "forbid", "inline", "warn"];
        let is_harmless = |attribute: &Attribute| {
            let path = attribute.path();
            role(attribute) != Role::Other || HARMLESS.iter().any(|name| path.is_ident(name))
        };
        matches!(self.signature.output, ReturnType::Default)
            && self.attributes.iter().all(is_harmless)
    }

    fn check_runtime(&self, block_on: Option<&Path>, mistakes: &Mistakes) {
        match (&self.signature.asyncness, block_on) {
            (Some(keyword), None) => mistakes.on(
                keyword,
                "an async test needs a runtime: add `#[tokio::test]` or similar below `#[ns_test]`, or name an executor, as in \
                 `block_on = smol::block_on`",
            ),
            (None, Some(path)) => mistakes.on(
                path,
                "`block_on` needs an `async fn`: remove it (another attribute may have removed the `async`)",
            ),
            _ => {}
        }
    }

    fn check_signature(&self, mistakes: &Mistakes) {
        let signature = &self.signature;
        if let Some(receiver) = signature.receiver() {
            mistakes.on(
                receiver,
                "a test is a free function, not a method: move it out of the `impl` block",
            );
        } else if !signature.inputs.is_empty() {
            mistakes.on(
                &signature.inputs,
                "a test takes no arguments: remove them, or pass them with `#[rstest]`",
            );
        }
        if let Some(variadic) = &signature.variadic {
            mistakes.on(variadic, "a test takes no arguments");
        }
        if !signature.generics.params.is_empty() {
            mistakes.on(
                &signature.generics,
                "a test is not generic: call a generic function from it",
            );
        }
        if let Some(clause) = &signature.generics.where_clause {
            mistakes.on(clause, "a test has no `where` clause: remove it");
        }
        if let Safety::Unsafe(keyword) = &signature.safety {
            mistakes.on(
                keyword,
                "a test is not `unsafe`: use an `unsafe` block in it",
            );
        }
        if let Some(abi) = &signature.abi {
            mistakes.on(abi, "a test has no `extern` ABI: remove it");
        }
    }
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        expect_function(input)?;
        let signature = input.parse()?;
        let body = input.parse()?;
        Ok(Self {
            attributes,
            visibility,
            signature,
            body,
        })
    }
}

pub(crate) fn role(attribute: &Attribute) -> Role {
    let path: Vec<String> = attribute
        .path()
        .segments
        .iter()
        .map(|segment| segment.ident.to_string())
        .collect();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let bare = matches!(attribute.meta, Meta::Path(_));
    match *path.as_slice() {
        ["test"] if bare => Role::Test,
        ["core" | "std", "prelude", _, "test"] => Role::Test,
        ["test"] | ["ns_test", "test"] | [.., "ns_test"] => {
            Role::Refused("a test has only one `#[ns_test]`: merge the two")
        }
        ["async_std", "test"] => Role::Refused(
            "`#[async_std::test]` would drop the test: write `#[ns_test(block_on = async_std::task::block_on)]` without it",
        ),
        ["actix_rt", "test"] => Role::Refused(
            "`#[actix_rt::test]` would drop the test: write `#[ns_test(block_on = run)]` without it, where `run` calls \
             `actix_rt::System::new().block_on(..)`",
        ),
        [.., name] if name.ends_with("test") => Role::Driver,
        ["ignore"] => Role::Ignore,
        ["should_panic"] => Role::ShouldPanic,
        [.., "test_case" | "test_matrix"] => Role::Refused(
            "`#[test_case]` hides its tests from `#[ns_test]`: use `#[rstest]` with `#[case(..)]`",
        ),
        [.., "serial" | "parallel"] => Role::Refused(
            "`serial_test` has no effect across processes: remove it, because namespaces already isolate these tests; to run tests that share something else one at a time, write `#[ns_test(serial = \"key\")]`",
        ),
        _ => Role::Other,
    }
}

/// Reports that a function is expected. syn would list the tokens that may follow.
fn expect_function(input: ParseStream<'_>) -> Result<()> {
    let ahead = input.fork();
    let first = ahead
        .cursor()
        .token_tree()
        .map_or_else(Span::call_site, |(token, _)| token.span());
    while ahead.peek(Token![const])
        || ahead.peek(Token![async])
        || ahead.peek(Token![unsafe])
        || ahead.peek(Token![extern])
        || ahead.peek(LitStr)
    {
        ahead.parse::<TokenTree>()?;
    }
    match ahead.peek(Token![fn]) {
        true => Ok(()),
        false if ahead.peek(Token![mod]) || ahead.peek(Token![impl]) => Err(Error::new(
            first,
            "expected a function: write `#[ns_test]` on each test inside",
        )),
        false => Err(Error::new(
            first,
            "expected a function: `#[ns_test]` applies only to functions",
        )),
    }
}
