#[core::prelude::v1::test]
#[ns_test::ns_test(net)]
fn would_be_dropped() {}

#[cfg(any())]
mod left_out {
    #[core::prelude::v1::test]
    #[ns_test::ns_test(net)]
    fn would_be_dropped_too() {}
}

ns_test::main!();
