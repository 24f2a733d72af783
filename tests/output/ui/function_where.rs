use ns_test::ns_test;

#[ns_test(net)]
fn test()
where
    u8: Copy,
{
}

fn main() {}
