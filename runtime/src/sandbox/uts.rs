//! `uts`: an own host name and NIS domain name; `uts_namespaces(7)`.

use std::ffi::CString;

use crate::error::{At, Call, Failure, SetupError, Step};
use crate::request::spec::{Text, Uts};
use crate::sys::{Errno, uts};

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
        uts::set_host_name(name).at(Step::SetHostName, Call::Sethostname)?;
    }
    if let Some(name) = &plan.domain_name {
        uts::set_domain_name(name).at(Step::SetDomainName, Call::Setdomainname)?;
    }
    Ok(())
}

fn name(asked: Option<&Text>) -> Result<Option<CString>, SetupError> {
    /// `__NEW_UTS_LEN` of `linux/utsname.h`.
    const LONGEST: usize = 64;
    asked
        .map(|text| {
            let refused = |errno| {
                SetupError::new(Step::Prepare, Call::Check, errno).asked_as(text.to_string())
            };
            if text.len() > LONGEST {
                return Err(refused(Errno::NAMETOOLONG)
                    .because("a host or domain name has 64 bytes at most"));
            }
            CString::new(text.as_bytes()).map_err(|_nul| refused(Errno::INVAL))
        })
        .transpose()
}
