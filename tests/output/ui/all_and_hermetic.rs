use ns_test::ns_test;

#[ns_test(all, hermetic)]
fn both() {}

#[ns_test(hermetic(net))]
fn arguments() {}

fn main() {}
