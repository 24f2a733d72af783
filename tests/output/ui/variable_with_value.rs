use ns_test::ns_test;

#[ns_test(env("PATH=/bin", ""))]
fn test() {}

fn main() {}
