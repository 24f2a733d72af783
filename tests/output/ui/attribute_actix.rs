use ns_test::ns_test;

#[ns_test(net)]
#[actix_rt::test]
async fn test() {}

fn main() {}
