use ns_test::ns_test;

#[ns_test(user(uid = -1))]
fn test() {}

fn main() {}
