mod inner {
    use ns_test::ns_test;

    #[ns_test(net)]
    fn runs() {}

    #[test]
    fn would_be_dropped() {}
}

use ns_test as renamed;

renamed::main!(crate = ns_test);
