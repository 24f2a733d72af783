use ns_test::ns_test;

#[ns_test(user(gid = 1000, ids = "auto"))]
fn test() {}

fn main() {}
