use ns_test::ns_test;

#[ns_test(time(refused = "skip"))]
fn test() {}

fn main() {}
