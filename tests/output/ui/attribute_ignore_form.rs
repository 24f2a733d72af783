use ns_test::ns_test;

#[ns_test(net)]
#[ignore("slow")]
fn test() {}

fn main() {}
