macro_rules! tests {
    ($($name:ident)*) => {
        $(
            #[::core::prelude::v1::test]
            #[::ns_test::ns_test(net)]
            fn $name() {}
        )*
    };
}

tests! { one two }

ns_test::main!();
