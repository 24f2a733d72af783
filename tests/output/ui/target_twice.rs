use ns_test::ns_test;

#[ns_test(mount(tmpfs = "/run", bind("fixtures", "/run/")))]
fn test() {}

fn main() {}
