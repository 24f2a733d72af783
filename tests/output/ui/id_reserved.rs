use ns_test::ns_test;

#[ns_test(user(uid = 4294967295))]
fn test() {}

fn main() {}
