use ns_test::ns_test;

#[ns_test(mount(tmpf = "/run"))]
fn test() {}

fn main() {}
