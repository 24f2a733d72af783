//! Names of the user that the expansion must not resolve to.
#![no_implicit_prelude]
#![deny(warnings)]

/// Shadows every name that the expansion uses.
#[allow(dead_code, unused_imports)]
mod core {
    use ::ns_test::ns_test;

    mod std {}
    mod core {}
    mod ns_test {}
    struct Option;
    struct Result;
    struct Some;
    struct None;
    struct Cow;
    struct Case;
    const CASE: u8 = 1;
    const LIST: u8 = 2;

    #[ns_test(mount(ro = "/usr"), timeout = "5s")]
    #[ignore]
    fn shadowed() {
        ::core::assert_eq!(CASE + LIST, 3);
    }

    #[ns_test]
    fn report() {}

    #[ns_test]
    fn libtest_entry() {}

    mod inner {
        use super::ns_test;

        #[ns_test(user(ids = "0:100000:65536"), cwd = "x", env("A", "b"))]
        pub(super) fn deep() {}

        #[ns_test]
        pub(crate) fn recursive() {
            if super::CASE == 0 {
                recursive();
            }
        }
    }
}

macro_rules! tests {
    ($($(#[$attribute:meta])* $vis:vis $name:ident $host:literal $time:expr_2021, $output:ty, $body:block)*) => {$(
        #[::ns_test::ns_test(uts(hostname = $host), timeout = $time)]
        $(#[$attribute])*
        $vis fn $name() -> $output $body
    )*};
}

tests! {
    made "a" "5s", (), {}
    #[ignore]
    pub(crate) made_visible "b" "6s", ::core::result::Result<(), ::std::io::Error>, {
        ::core::result::Result::Ok(())
    }
}

macro_rules! words {
    ($name:ident, $krate:path, $($word:ident)*) => {
        #[::ns_test::ns_test($($word),*, crate = $krate)]
        fn $name() {}
    };
}

words!(made_of_words, ::ns_test, net uts);

mod reexport {
    pub(crate) use ::ns_test as renamed;

    mod inner {
        #[super::renamed::test(net, crate = super::renamed)]
        fn by_super() {}
    }
}

#[reexport::renamed::test(crate = crate::reexport::renamed)]
#[test]
fn by_crate() {}

#[allow(dead_code)]
fn main() {}
