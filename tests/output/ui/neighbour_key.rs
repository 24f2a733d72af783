use ns_test::ns_test;

#[ns_test(user(root))]
fn test() {}

fn main() {}
