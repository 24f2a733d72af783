use ns_test::ns_test;

#[ns_test(user, net, mount)]
fn binds_the_http_port() -> std::io::Result<()> {
    std::net::TcpListener::bind("127.0.0.1:80").map(drop)
}

#[ns_test]
fn is_init_s_child() {
    assert_eq!(std::process::id(), 2);
}

ns_test::main!();
