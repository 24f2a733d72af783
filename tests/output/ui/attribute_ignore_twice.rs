use ns_test::ns_test;

#[ns_test(net)]
#[ignore]
#[ignore = "slow"]
fn test() {}

fn main() {}
