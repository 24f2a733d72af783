use ns_test::ns_test;

#[ns_test(mount(bind("a\0b", "/data")))]
fn test() {}

fn main() {}
