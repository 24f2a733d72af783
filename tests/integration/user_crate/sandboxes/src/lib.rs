//! A crate that needs sandboxes, but neither networks of hosts nor services.
