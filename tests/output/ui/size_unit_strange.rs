use ns_test::ns_test;

#[ns_test(limit(memory = "16pages"))]
fn test() {}

fn main() {}
