use ns_test::ns_test;

#[ns_test(env("", "/bin"))]
fn test() {}

fn main() {}
