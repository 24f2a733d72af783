use ns_test::ns_test;

#[ns_test(mount(tmp = "hots"))]
fn test() {}

fn main() {}
