//! `uts`: a separate host name and NIS domain name; `uts_namespaces(7)`.

use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt as _;

use nix::unistd::sethostname;

use crate::error::{At, Call, Failure, SetupError, Step};
use crate::request::spec::{Text, Uts};
use crate::sys::{Errno, c_string, uts};

/// The names to set.
#[derive(Debug)]
pub(crate) struct UtsPlan {
    host_name: Option<CString>,
    domain_name: Option<CString>,
}

impl UtsPlan {
    pub(crate) fn new(uts: &Uts) -> Result<Self, SetupError> {
        Ok(Self {
            host_name: name(uts.hostname.as_ref())?,
            domain_name: name(uts.domainname.as_ref())?,
        })
    }
}

pub(crate) fn enter(plan: &UtsPlan) -> Result<(), Failure<'_>> {
    if let Some(name) = &plan.host_name {
        let name = OsStr::from_bytes(name.to_bytes());
        sethostname(name).at(Step::SetHostName, Call::Sethostname)?;
    }
    if let Some(name) = &plan.domain_name {
        uts::set_domain_name(name).at(Step::SetDomainName, Call::Setdomainname)?;
    }
    Ok(())
}

fn name(asked: Option<&Text>) -> Result<Option<CString>, SetupError> {
    let Some(text) = asked else {
        return Ok(None);
    };
    let refused =
        |errno| SetupError::new(Step::Prepare, Call::Check, errno).asked_as(text.to_string());
    check(text).map_err(|(errno, why)| refused(errno).because(why))?;
    let name = c_string(&**text).map_err(refused)?;
    Ok(Some(name))
}

/// Checks a name as the attribute does: RFC 1123, and at most as long as the kernel allows.
fn check(name: &str) -> Result<(), (Errno, &'static str)> {
    /// `__NEW_UTS_LEN` of `linux/utsname.h`.
    const LONGEST: usize = 64;
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    let is_wrong = |label: &str| label.is_empty() || label.starts_with('-') || label.ends_with('-');
    if name.len() > LONGEST {
        return Err((
            Errno::NAMETOOLONG,
            "a host or domain name has at most 64 bytes: shorten it",
        ));
    }
    if !name.bytes().all(is_known) {
        return Err((
            Errno::INVAL,
            "a host or domain name must consist of letters, digits, `-` and `.`",
        ));
    }
    if name.split('.').any(is_wrong) {
        return Err((
            Errno::INVAL,
            "each part of a host or domain name must be non-empty, without `-` at its ends",
        ));
    }
    Ok(())
}
