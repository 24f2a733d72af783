//! `limit(..)`: what the test's processes may use; `setrlimit(2)`.

use crate::error::{At, Call, Failure, Step};
use crate::spec::Limit;
use crate::sys::limit::{Resource, lower};

/// The limits to lower in the body.
#[derive(Debug)]
pub(crate) struct Plan {
    limits: Vec<(Resource, u64)>,
}

impl Plan {
    pub(crate) fn new(limit: &Limit) -> Self {
        let cpu = limit
            .cpu
            .map(|time| time.as_secs() + u64::from(time.subsec_nanos() > 0));
        let asked = [
            (Resource::Processes, limit.processes),
            (Resource::AddressSpace, limit.memory),
            (Resource::Files, limit.files),
            (Resource::Cpu, cpu),
        ];
        Self {
            limits: asked
                .into_iter()
                .filter_map(|(resource, to)| Some((resource, to?)))
                .collect(),
        }
    }
}

pub(crate) fn enter_body(plan: &Plan) -> Result<(), Failure<'_>> {
    plan.limits
        .iter()
        .try_for_each(|(resource, to)| lower(*resource, *to).at(Step::SetLimit, Call::Setrlimit))
}
