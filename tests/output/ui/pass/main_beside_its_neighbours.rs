//! Code that `main!` must accept: this crate's attribute under both names, `#[test]` below it, and
//! `std`'s by its path.
#![forbid(unsafe_code)]
#![deny(warnings, rust_2018_idioms, missing_docs, unreachable_pub)]

use ns_test::ns_test;

#[ns_test(net)]
fn annotated() {}

#[ns_test(net)]
#[test]
fn test_below() {}

#[ns_test::test(net)]
fn by_its_other_name() {}

mod inner {
    use ns_test::test;

    #[test(net)]
    fn imported() {}

    #[test]
    fn imported_and_bare() {}
}

macro_rules! tests {
    ($($name:ident)*) => { $(#[ns_test::ns_test(uts)] fn $name() {})* };
}

tests! { first second }

ns_test::main!();
