use ns_test::ns_test;

#[ns_test(mount(tmpfs = "run"))]
fn test() {}

fn main() {}
