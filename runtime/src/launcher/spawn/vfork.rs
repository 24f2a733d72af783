//! Init in the launcher's own memory, while the launcher sleeps: the usual way.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::channel::request_socket::Ordered;
use crate::sys::vfork::Vfork;
use crate::sys::{Errno, process};

use crate::launcher::serve::{Commission, Means};

/// Makes init and waits for its end. `Err`: there is no such process, and the order is still on the line.
pub(in crate::launcher) fn make_init(
    vfork: Vfork,
    means: Means,
    commission: Commission<'_>,
) -> Result<(), Errno> {
    let received = AtomicBool::new(false);
    let flags = commission.plan.clone_flags | means.parenthood;
    vfork.call(commission.alone, flags, means.init.word(), || {
        let Ok(ordered) = Ordered::receive(means.line) else {
            process::exit_now(1)
        };
        received.store(true, Ordering::Relaxed);
        means.init(commission, &ordered, None).run(commission.plan)
    })?;
    if !received.load(Ordering::Relaxed) {
        // It was killed, perhaps with the order in hand and no time to say so.
        commission.order.take_off(means.line);
    }
    Ok(())
}
