//! Constructors, which run before `main`, that start threads: the binary is executed again with a
//! variable that such a constructor can obey.

use std::env;
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::launcher::constructors;
use crate::sys::thread::SingleThreaded;

/// Executes this binary again, with the variable set, if a constructor has started a thread. Only
/// [`main!`](crate::main) calls this: only constructors run before it, so no other code runs twice.
/// Returns if there is no such thread, or if the constructor has ignored the variable.
pub(in crate::harness) fn execute_again_without_threads() {
    if SingleThreaded::check().is_some() || constructors::were_asked() {
        return;
    }
    let mut arguments = env::args_os();
    let mut command = Command::new("/proc/self/exe");
    command
        .arg0(arguments.next().unwrap_or_default())
        .args(arguments);
    constructors::ask(&mut command);
    // If there is no /proc, the harness reports the thread.
    let _not_executed = command.exec();
}
