use ns_test::ns_test;

#[ns_test(net, block_on = smol::block_on)]
fn test() {}

fn main() {}
