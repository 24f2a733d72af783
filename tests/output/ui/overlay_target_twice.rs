use ns_test::ns_test;

#[ns_test(mount(overlay = "/mnt", overlay("a", "/mnt/")))]
fn test() {}

fn main() {}
