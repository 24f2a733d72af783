use ns_test::ns_test;

#[ns_test(sandbox)]
fn test() {}

fn main() {}
