//! A crate that is open in an editor.

/// What the tests speak of.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub port: u16,
}

impl Server {
    /// Gives the port back.
    pub fn start_listening(&self) -> u16 {
        self.port
    }
}

#[cfg(test)]
mod tests {
    use ns_test::ns_test;

    use super::Server;

    #[ns_test(user, net)]
    fn in_the_library() {
        let server = Server { port: 0 };
        let port = server.start_listening();
        assert_eq!(port, 0);
    }
}
