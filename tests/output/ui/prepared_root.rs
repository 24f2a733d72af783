use ns_test::ns_test;

#[ns_test(mount(prepared("/", fill)))]
fn test() {}

fn main() {}
