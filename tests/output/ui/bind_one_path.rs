use ns_test::ns_test;

#[ns_test(mount(bind("fixtures")))]
fn test() {}

fn main() {}
