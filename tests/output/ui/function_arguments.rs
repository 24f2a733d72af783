use ns_test::ns_test;

#[ns_test(net)]
fn test(port: u16, _name: &str) {
    let _ = port;
}

fn main() {}
