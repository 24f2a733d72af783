use ns_test::ns_test;

#[ns_test(mount(overlay("/mnt", "lower")))]
fn test() {}

fn main() {}
