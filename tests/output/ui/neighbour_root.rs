use ns_test::ns_test;

#[ns_test(root)]
fn test() {}

fn main() {}
