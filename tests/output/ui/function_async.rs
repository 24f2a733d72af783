use ns_test::ns_test;

#[ns_test(net)]
async fn test() {}

fn main() {}
