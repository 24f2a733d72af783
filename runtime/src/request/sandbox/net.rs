//! `net`: the network, and the values of its sysctls.

use crate::request::spec::{Net, Sysctl};

use super::builder::{Sandbox, text};

impl Sandbox {
    /// Requests `net`: a separate network with only `lo`, up; `network_namespaces(7)`.
    pub fn net(mut self) -> Self {
        self.network();
        self
    }

    /// Requests `net(lo = false)`: `lo` stays down, as the kernel creates it.
    pub fn lo_down(mut self) -> Self {
        self.network().lo = false;
        self
    }

    /// Requests `net(sys = false)`: the host's /sys stays, for machines that refuse a new one.
    pub fn host_sys(mut self) -> Self {
        self.network().sys = false;
        self
    }

    /// Sets `net(sysctl("KEY", VALUE))`: a file below /proc/sys/net, as in `ipv4.ip_forward`.
    pub fn sysctl(mut self, key: impl Into<String>, value: impl Into<SysctlValue>) -> Self {
        let sysctl = Sysctl {
            key: text(key),
            value: text(value.into().0),
        };
        self.network().sysctl.to_mut().push(sysctl);
        self
    }

    fn network(&mut self) -> &mut Net {
        self.spec().net.get_or_insert(Net::BARE)
    }
}

/// The value of a sysctl: a number, a switch (1 or 0), or a text.
///
/// ```
/// use ns_test::Sandbox;
///
/// let router = Sandbox::new().sysctl("ipv4.ip_forward", true);
/// let router = router.sysctl("ipv4.tcp_congestion_control", "reno");
/// # let _ = router;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SysctlValue(String);

impl From<i64> for SysctlValue {
    fn from(number: i64) -> Self {
        Self(number.to_string())
    }
}

impl From<bool> for SysctlValue {
    fn from(on: bool) -> Self {
        Self(u8::from(on).to_string())
    }
}

impl From<&str> for SysctlValue {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for SysctlValue {
    fn from(text: String) -> Self {
        Self(text)
    }
}
