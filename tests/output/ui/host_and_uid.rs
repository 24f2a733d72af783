use ns_test::ns_test;

#[ns_test(user(host, uid = 1000))]
fn test() {}

fn main() {}
