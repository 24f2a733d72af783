use ns_test::ns_test;

#[ns_test(mount(tmp = "host", tmpfs = "/tmp"))]
fn test() {}

fn main() {}
