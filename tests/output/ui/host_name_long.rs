use ns_test::ns_test;

#[ns_test(uts(hostname = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))]
fn test() {}

fn main() {}
