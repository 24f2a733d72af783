use ns_test::ns_test;

#[ns_test(mount(ro = "/usr/../etc"))]
fn test() {}

fn main() {}
