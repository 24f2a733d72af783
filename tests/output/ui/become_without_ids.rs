use ns_test::ns_test;

#[ns_test(user(become = 1000))]
fn test() {}

fn main() {}
