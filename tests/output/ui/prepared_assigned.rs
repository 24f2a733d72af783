use ns_test::ns_test;

#[ns_test(mount(prepared = "/srv"))]
fn test() {}

fn main() {}
