use ns_test::ns_test;

#[ns_test(limit(memory = "99999999TiB"))]
fn test() {}

fn main() {}
