//! Names as in libtest, wherever the function is.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub)]

use ns_test::ns_test;

#[ns_test(user)]
fn top() {}

#[ns_test(user)]
fn r#match() {}

mod inner {
    use ns_test::test;

    #[test(user)]
    fn function() {}

    pub(crate) mod innermost {
        #[ns_test::ns_test(user)]
        pub(crate) fn function() {}
    }
}

ns_test::main!();
