//! Under `ns_test::main!()`.

use edited::Server;
use ns_test::ns_test;

#[ns_test]
fn bare() {
    let server = Server { port: 0 };
    let port = server.start_listening();
    assert_eq!(port, 0);
}

#[ns_test::ns_test(user, net)]
fn bare_but_for_its_path() -> Result<(), std::net::AddrParseError> {
    let server = Server { port: 0 };
    let address: std::net::IpAddr = "::1".parse()?;
    let port = server.start_listening();
    assert!(address.is_loopback() && port == 0);
    Ok(())
}

mod inner {
    use super::*;

    #[ns_test(user, timeout = "1m")]
    #[ignore = "for the button alone"]
    fn bare() {
        let server = Server { port: 0 };
        let port = server.start_listening();
        assert_eq!(port, 0);
    }

    #[ns_test(user)]
    #[should_panic(expected = "of a port")]
    fn panics() {
        let server = Server { port: 0 };
        let port = server.start_listening();
        panic!("of a port: {port}");
    }
}

ns_test::main!();
