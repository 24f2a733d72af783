use ns_test::ns_test;

#[ns_test(user, net, mount)]
fn binds_the_http_port() -> std::io::Result<()> {
    // unprivileged, and no other process holds it
    let a = std::net::TcpListener::bind("127.0.0.1:80")?;
    std::fs::write("/tmp/app.pid", "1")?; // private /tmp
    drop(a);
    Ok(())
}

ns_test::main!();
