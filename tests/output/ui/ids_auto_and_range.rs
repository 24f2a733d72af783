use ns_test::ns_test;

#[ns_test(user(ids = "0:100000:1", ids = "auto"))]
fn test() {}

fn main() {}
