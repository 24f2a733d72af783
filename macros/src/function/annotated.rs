//! The function below the attribute.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::parse::{ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Error, Generics, LitStr, Result, ReturnType, Safety, Signature, Token, Visibility,
    token,
};

use super::{Role, role};

pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    /// Never parsed: editors complete better in unchanged tokens. Not a `TokenStream`, because
    /// joining two of them is slow.
    pub(crate) body: Vec<TokenTree>,
}

impl Function {
    /// Parses a function. syn does not see the body: it would copy each of its tokens, which takes
    /// two fifths of the attribute's time for a test of twelve lines.
    pub(crate) fn read(item: TokenStream) -> Result<Self> {
        let mut tokens: Vec<TokenTree> = item.into_iter().collect();
        let body = match tokens.last() {
            Some(TokenTree::Group(last)) if last.delimiter() == Delimiter::Brace => tokens.pop(),
            _ => None,
        };
        let mut function = match Self::plain(&tokens) {
            Some(function) => function,
            None => Self::without_block.parse2(tokens.into_iter().collect())?,
        };
        function.body.extend(body);
        Ok(function)
    }

    /// Returns the function if it is only `fn name()`, as many tests are. syn needs four times as
    /// long.
    fn plain(tokens: &[TokenTree]) -> Option<Self> {
        let [
            TokenTree::Ident(keyword),
            TokenTree::Ident(name),
            TokenTree::Group(inputs),
        ] = tokens
        else {
            return None;
        };
        let is_plain = keyword == "fn"
            && inputs.delimiter() == Delimiter::Parenthesis
            && inputs.stream().is_empty();
        is_plain.then(|| Self {
            attributes: Vec::new(),
            visibility: Visibility::Inherited,
            signature: Signature {
                constness: None,
                asyncness: None,
                safety: Safety::Default,
                abi: None,
                fn_token: Token![fn](keyword.span()),
                ident: name.clone(),
                generics: Generics::default(),
                paren_token: token::Paren {
                    span: inputs.delim_span(),
                },
                inputs: Punctuated::new(),
                variadic: None,
                output: ReturnType::Default,
            },
            body: Vec::new(),
        })
    }

    /// Parses a function. The caller has removed its block if that was the last token.
    fn without_block(input: ParseStream<'_>) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        expect_function(input)?;
        let signature = input.parse()?;
        let mut body = Vec::new();
        while !input.is_empty() {
            body.push(input.parse()?);
        }
        Ok(Self {
            attributes,
            visibility,
            signature,
            body,
        })
    }

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

#[cfg(test)]
mod tests {
    use proc_macro2::{TokenStream, TokenTree};
    use quote::ToTokens as _;

    use super::Function;

    fn tokens(text: &str) -> TokenStream {
        text.parse().unwrap()
    }

    /// Returns the signature and the body.
    fn read(text: &str) -> (String, String) {
        let function = Function::read(tokens(text)).unwrap();
        let signature = function.signature.to_token_stream().to_string();
        let body: TokenStream = function.body.into_iter().collect();
        (signature, body.to_string())
    }

    #[test]
    fn the_body_is_the_last_block() {
        for (text, signature, body) in [
            ("fn f() {}", "fn f ()", "{ }"),
            (
                "fn f() -> Foo<{ 1 }> { a; }",
                "fn f () -> Foo < { 1 } >",
                "{ a ; }",
            ),
            ("fn f() -> m! { u8 } {}", "fn f () -> m ! { u8 }", "{ }"),
            (
                "fn f() where [(); { N }]: {}",
                "fn f () where [() ; { N }] :",
                "{ }",
            ),
            ("fn f();", "fn f ()", ";"),
            (
                "#[a] pub async fn f(x: u8) { { } }",
                "async fn f (x : u8)",
                "{ { } }",
            ),
        ] {
            assert_eq!(
                read(text),
                (signature.to_owned(), body.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn only_a_function_without_anything_else_is_plain() {
        for (text, is_plain) in [
            ("fn f()", true),
            ("fn r#match()", true),
            ("fn f(x: u8)", false),
            ("fn f[]", false),
            ("fn f<T>()", false),
            ("fn f() -> u8", false),
            ("pub fn f()", false),
            ("async fn f()", false),
            ("#[a] fn f()", false),
            ("mod f()", false),
        ] {
            let tokens: Vec<TokenTree> = tokens(text).into_iter().collect();
            assert_eq!(Function::plain(&tokens).is_some(), is_plain, "{text}");
        }
    }
}
