use ns_test::ns_test;

#[ns_test(mount(tmpfs(size = "16MiB")))]
fn test() {}

fn main() {}
