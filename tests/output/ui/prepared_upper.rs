use ns_test::ns_test;

#[ns_test(mount(prepared("/srv", fill, upper = "tape")))]
fn test() {}

fn main() {}
