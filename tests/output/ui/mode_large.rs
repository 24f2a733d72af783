use ns_test::ns_test;

#[ns_test(mount(tmpfs("/x", mode = 0o17777)))]
fn test() {}

fn main() {}
