use ns_test::ns_test;

#[ns_test(uts(hostname = db1))]
fn test() {}

fn main() {}
