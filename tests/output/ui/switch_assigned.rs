use ns_test::ns_test;

#[ns_test(user(keep = true))]
fn test() {}

fn main() {}
