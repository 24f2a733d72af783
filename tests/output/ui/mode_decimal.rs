use ns_test::ns_test;

#[ns_test(mount(tmpfs("/x", mode = 755)))]
fn test() {}

fn main() {}
