use ns_test::ns_test;

#[ns_test(mount(prepared("/srv", fill, inputs())))]
fn test() {}

fn main() {}
