use ns_test::ns_test;

#[ns_test(ipc(shm = true))]
fn test() {}

fn main() {}
