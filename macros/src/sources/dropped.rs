//! Writes the compile error for a test that rustc drops.

use proc_macro2::TokenStream;
use quote::quote;

use super::predicates::cfg;
use super::walk::Dropped;

pub(super) fn error(dropped: &Dropped) -> TokenStream {
    let Dropped {
        function,
        attribute,
        line,
    } = dropped;
    let cfg = cfg(&function.cfg);
    let file = function.file.display();
    let test = match function.name.as_str() {
        "" => "a test from a macro".to_owned(),
        name => format!("the test `{name}`"),
    };
    let message = format!(
        "`#[{attribute}]` drops {test} ({file}:{line}): in a target with `harness = false` rustc removes the \
         function before it expands `#[ns_test]`; {}",
        remedy(attribute)
    );
    quote!(#cfg ::core::compile_error!(#message);)
}

fn remedy(attribute: &str) -> String {
    match attribute.rsplit("::").next() {
        Some("test_case" | "test_matrix") => "use `#[rstest]` with `#[case(..)]`".into(),
        _ if attribute == "async_std::test" => {
            "remove it and write `#[ns_test(block_on = async_std::task::block_on)]`".into()
        }
        _ if attribute == "actix_rt::test" => {
            "remove it and write `#[ns_test(block_on = f)]`, where `f` calls `actix_rt::System::new().block_on(..)`".into()
        }
        _ => format!("remove `#[{attribute}]`: `#[ns_test]` registers the test"),
    }
}
