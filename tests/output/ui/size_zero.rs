use ns_test::ns_test;

#[ns_test(mount(tmpfs("/x", size = "0")))]
fn test() {}

fn main() {}
