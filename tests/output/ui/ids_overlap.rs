use ns_test::ns_test;

#[ns_test(user(ids = "0:100000:65536, 1000:1000:1"))]
fn test() {}

fn main() {}
