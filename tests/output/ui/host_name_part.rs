use ns_test::ns_test;

#[ns_test(uts(hostname = "db1.-lab"))]
fn test() {}

fn main() {}
