use ns_test::ns_test;

#[ns_test(mount(prepared("/srv", fill, uper = "disk")))]
fn test() {}

fn main() {}
