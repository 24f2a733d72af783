use ns_test::ns_test;

#[ns_test(user(ids = "0:100000:100", become = 1000))]
fn test() {}

fn main() {}
