use ns_test::ns_test;

#[ns_test(timeout = 5 * 60)]
fn test() {}

fn main() {}
