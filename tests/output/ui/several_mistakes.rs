use ns_test::ns_test;

#[ns_test(
    nett,
    user(keep = true),
    timeout = "5",
    mount(tmpfs = "run", bnd("a", "/b"))
)]
#[ignore(slow)]
async fn test() {}

fn main() {}
