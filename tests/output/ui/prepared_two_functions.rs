use ns_test::ns_test;

#[ns_test(mount(prepared("/srv", fill, super::fill)))]
fn test() {}

fn main() {}
