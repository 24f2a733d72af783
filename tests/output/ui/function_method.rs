use ns_test::ns_test;

struct Suite;

impl Suite {
    #[ns_test(net)]
    fn test(&self) {}
}

fn main() {
    Suite.test();
}
