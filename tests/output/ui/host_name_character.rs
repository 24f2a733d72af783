use ns_test::ns_test;

#[ns_test(uts(hostname = "db_1"))]
fn test() {}

fn main() {}
