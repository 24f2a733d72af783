use ns_test::ns_test;

#[ns_test(mount(prepared("/srv", fill, from(inputs("a")))))]
fn test() {}

fn main() {}
