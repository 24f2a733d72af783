use ns_test::ns_test;

#[ns_test(user(ids = "+0:+1:+1"))]
fn test() {}

fn main() {}
