use ns_test::ns_test;

#[ns_test(timout = "5s")]
fn test() {}

fn main() {}
