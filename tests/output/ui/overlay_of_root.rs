use ns_test::ns_test;

#[ns_test(mount(overlay = "/"))]
fn test() {}

fn main() {}
