use ns_test::ns_test;

#[ns_test(mount(bind = "/data"))]
fn test() {}

fn main() {}
