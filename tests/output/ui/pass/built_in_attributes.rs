//! Built-in attributes as macros make them: repeated, made of fragments. rustc takes the first of
//! each.
#![deny(warnings)]

use ns_test::ns_test;

#[ns_test(net)]
#[ignore]
#[ignore = "slow"]
fn ignored_twice() {}

#[ns_test(net)]
#[cfg_attr(all(), ignore = "one")]
#[cfg_attr(all(), ignore = "other")]
fn ignored_by_two_conditions() {}

#[ns_test(net)]
#[should_panic(expected = "first",)]
#[should_panic]
fn panics_twice() {
    panic!("first");
}

#[ns_test(net)]
#[test]
#[test]
fn test_twice() {}

#[ns_test(net)]
const fn constant() {}

#[ns_test(net)]
pub(crate) const fn constant_result() -> Result<(), String> {
    Ok(())
}

macro_rules! tests {
    ($($(#[$meta:meta])* fn $name:ident() $body:block)*) => {
        $(
            $(#[$meta])*
            #[ignore = "all of them"]
            fn $name() $body
        )*
    };
}

tests! {
    #[ns_test(net)]
    #[ignore = "this one"]
    fn of_a_macro() {}

    /// Documented.
    #[ns_test]
    #[should_panic(expected = "it")]
    fn of_a_macro_too() {
        panic!("it");
    }
}

macro_rules! reasoned {
    ($reason:expr, $attribute:meta) => {
        #[ns_test(net)]
        #[ignore = $reason]
        #[$attribute]
        fn reasoned() {
            panic!();
        }
    };
}
reasoned!("a reason", should_panic);

#[allow(dead_code)]
fn main() {}
