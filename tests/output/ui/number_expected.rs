use ns_test::ns_test;

#[ns_test(user(uid = "1000"))]
fn test() {}

fn main() {}
