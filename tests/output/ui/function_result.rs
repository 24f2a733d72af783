use ns_test::ns_test;

#[ns_test(net)]
fn test() -> u8 {
    0
}

fn main() {}
