use ns_test::ns_test;

#[ns_test(net)]
#[test_case(1)]
fn test(n: u8) {
    let _ = n;
}

fn main() {}
