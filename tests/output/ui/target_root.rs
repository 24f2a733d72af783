use ns_test::ns_test;

#[ns_test(mount(bind("rootfs", "/")))]
fn test() {}

fn main() {}
