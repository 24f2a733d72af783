use ns_test::ns_test;

#[ns_test(net)]
pub struct Test;

fn main() {}
