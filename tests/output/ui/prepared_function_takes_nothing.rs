use ns_test::ns_test;

#[ns_test(mount(prepared("/srv", fill)))]
fn test() {}

fn fill() {}

fn main() {}
