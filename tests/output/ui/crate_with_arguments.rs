#[ns_test::ns_test(net, crate = ns_test::<u8>)]
fn test() {}

fn main() {}
