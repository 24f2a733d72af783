use ns_test::ns_test;

#[ns_test(limit(memory = "half"))]
fn test() {}

fn main() {}
