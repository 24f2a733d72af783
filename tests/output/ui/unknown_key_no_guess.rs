use ns_test::ns_test;

#[ns_test(uts(description = "db1"))]
fn test() {}

fn main() {}
