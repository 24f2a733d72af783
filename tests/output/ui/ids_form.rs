use ns_test::ns_test;

#[ns_test(user(ids = "0:100000"))]
fn test() {}

fn main() {}
