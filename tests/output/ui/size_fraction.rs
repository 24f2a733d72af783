use ns_test::ns_test;

#[ns_test(limit(memory = "1.5GiB"))]
fn test() {}

fn main() {}
