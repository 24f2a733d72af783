use ns_test::ns_test;

#[ns_test(mount(prepared("/srv", fill, from)))]
fn test() {}

fn main() {}
