use ns_test::ns_test;

#[ns_test(user(host, caps = "none"))]
fn test() {}

fn main() {}
