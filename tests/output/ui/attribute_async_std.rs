use ns_test::ns_test;

#[ns_test(net)]
#[async_std::test]
async fn test() {}

fn main() {}
