use ns_test::ns_test;

#[ns_test(net)]
mod tests {}

fn main() {}
