use ns_test::ns_test;

#[ns_test(env(keep = "PATH"), env("PATH", "/bin"))]
fn test() {}

fn main() {}
