use ns_test::ns_test;

#[ns_test(leftovers = "ignore")]
fn test() {}

fn main() {}
