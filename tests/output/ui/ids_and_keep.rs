use ns_test::ns_test;

#[ns_test(user(ids = "auto", keep))]
fn test() {}

fn main() {}
