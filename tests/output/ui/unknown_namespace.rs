use ns_test::ns_test;

#[ns_test(nett)]
fn test() {}

fn main() {}
