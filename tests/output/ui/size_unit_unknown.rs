use ns_test::ns_test;

#[ns_test(mount(tmpfs("/x", size = "16MB")))]
fn test() {}

fn main() {}
