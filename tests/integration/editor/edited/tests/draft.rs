//! Its changes exist only in the editor.

use edited::Server;
use ns_test::ns_test;

#[ns_test(user, net)]
fn draft() {
    let server = Server { port: 0 };
    server.start_listening();
}
