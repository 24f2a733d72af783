use ns_test::ns_test;

#[ns_test(env = "PATH")]
fn test() {}

fn main() {}
