use ns_test::ns_test;

#[ns_test(uts(hostname = "a", hostname = "b"))]
fn test() {}

fn main() {}
