use ns_test::ns_test;

#[ns_test(cwd = "")]
fn test() {}

fn main() {}
