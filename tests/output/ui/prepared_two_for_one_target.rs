use ns_test::ns_test;

#[ns_test(mount(prepared("/srv", fill), prepared("/srv/", other)))]
fn test() {}

fn main() {}
