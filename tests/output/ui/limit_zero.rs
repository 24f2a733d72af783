use ns_test::ns_test;

#[ns_test(limit(processes = 0))]
fn test() {}

fn main() {}
