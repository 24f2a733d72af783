//! Under `ns_test::main!()`.

use edited::Server;
use ns_test::ns_test;

#[ns_test]
fn bare() {
    let server = Server::default();
    assert_eq!(server.start_listening(), 0);
}

#[ns_test::ns_test(user, net)]
fn bare_but_for_its_path() -> Result<(), std::net::AddrParseError> {
    let server = Server::default();
    let address: std::net::IpAddr = "::1".parse()?;
    assert!(address.is_loopback() && server.start_listening() == 0);
    Ok(())
}

mod inner {
    use super::*;

    #[ns_test(user, timeout = "1m")]
    #[ignore = "for the button alone"]
    fn bare() {
        let server = Server::default();
        assert_eq!(server.start_listening(), 0);
    }

    #[ns_test(user)]
    #[should_panic(expected = "of a port")]
    fn panics() {
        let server = Server::default();
        panic!("of a port: {}", server.start_listening());
    }
}

ns_test::main!();
