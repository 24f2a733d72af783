//! The network namespace that a visit to another one returns to.
//!
//! Every visit needs a descriptor of the namespace that the calling thread is in. Opening and
//! closing `/proc/thread-self/ns/net` takes 5 µs, more than twice as long as both `setns(2)` calls.
//! So each thread keeps the symbolic link open (`O_PATH`) and the namespace that it opened last.
//! Reading the link takes 1 µs and shows whether that namespace is still the current one, even if
//! the test has called `setns(2)` or `unshare(2)` itself. A namespace that is kept open does not
//! pass its number on to another one.

use std::cell::RefCell;
use std::ffi::CStr;
use std::mem;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::rc::Rc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use nix::fcntl::OFlag;

use crate::sys::fork_mark::ForkMark;
use crate::sys::{Errno, fd, file};

/// The calling thread's own namespace. `/proc/self` would be the main thread's.
const PATH: &CStr = c"/proc/thread-self/ns/net";

/// A network namespace that a thread was in.
#[derive(Debug)]
pub(super) struct Home {
    /// The link's text. `None`: it was opened without the link.
    name: Option<Name>,
    namespace: OwnedFd,
}

impl AsFd for Home {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.namespace.as_fd()
    }
}

/// The text of such a link, `net:[4026531840]`, and its length: unique among the namespaces that
/// exist.
type Name = ([u8; LONGEST], usize);

/// More than the longest text has, with a number of 32 bits.
const LONGEST: usize = 32;

/// What a thread keeps.
#[derive(Debug, Default)]
struct Kept {
    link: Option<Link>,
    home: Option<Rc<Home>>,
}

/// The open symbolic link. It belongs to one thread of one process.
#[derive(Debug)]
struct Link {
    fd: OwnedFd,
    generation: u32,
}

thread_local! {
    static KEPT: RefCell<Kept> = RefCell::default();
}

/// Returns the calling thread's network namespace.
pub(super) fn of_this_thread() -> Result<Rc<Home>, Errno> {
    let known = KEPT.try_with(|kept| kept.try_borrow_mut().map(|mut kept| kept.current()));
    match known {
        Ok(Ok(home)) => home,
        // A destructor of the thread's variables, or a signal handler.
        Ok(Err(_)) | Err(_) => open(None).map(Rc::new),
    }
}

/// Opens the calling thread's network namespace.
pub(super) fn open_namespace() -> Result<OwnedFd, Errno> {
    fd::open(PATH, OFlag::O_RDONLY)
}

fn open(name: Option<Name>) -> Result<Home, Errno> {
    let namespace = open_namespace()?;
    Ok(Home { name, namespace })
}

impl Kept {
    fn current(&mut self) -> Result<Rc<Home>, Errno> {
        let Some(name) = self.name() else {
            return open(None).map(Rc::new);
        };
        if let Some(home) = &self.home {
            if home.name.as_ref() == Some(&name) {
                return Ok(Rc::clone(home));
            }
        }
        let home = Rc::new(open(Some(name))?);
        // Not in a nested visit: the outer one's home is needed again.
        if self
            .home
            .as_ref()
            .is_none_or(|kept| Rc::strong_count(kept) == 1)
        {
            self.home = Some(Rc::clone(&home));
        }
        Ok(home)
    }

    /// Returns the link's text. `None` if that can't be trusted.
    fn name(&mut self) -> Option<Name> {
        let generation = generation()?;
        if let Some(name) = self.link.as_ref().and_then(|link| link.read(generation)) {
            return Some(name);
        }
        self.forget();
        self.link = Link::open(generation);
        self.link.as_ref()?.read(generation)
    }

    /// Forgets both descriptors without closing them. Other code has closed them, as a daemon does
    /// with all inherited descriptors, and their numbers may belong to other files.
    fn forget(&mut self) {
        mem::forget(mem::take(self));
    }
}

impl Link {
    fn open(generation: u32) -> Option<Self> {
        let fd = fd::open(PATH, OFlag::O_PATH | OFlag::O_NOFOLLOW).ok()?;
        Some(Self { fd, generation })
    }

    /// Returns the text. `None`: this is the link of a parent's thread, or the test has closed its
    /// descriptor.
    fn read(&self, generation: u32) -> Option<Name> {
        if self.generation != generation {
            return None;
        }
        let mut text = [0; LONGEST];
        let length = file::read_link(self.fd.as_fd(), &mut text).ok()?;
        Some((text, length))
    }
}

/// Returns a number that changes in a forked child: there the parent's links still show threads of
/// the parent. `None`: the kernel can't distinguish a child.
fn generation() -> Option<u32> {
    static MARK: OnceLock<Option<ForkMark>> = OnceLock::new();
    static GENERATION: AtomicU32 = AtomicU32::new(0);
    let mark = (*MARK.get_or_init(ForkMark::new))?;
    if !mark.is_set() {
        // Before the mark, so that no thread takes an old link for its own.
        GENERATION.fetch_add(1, Ordering::Relaxed);
        mark.set();
    }
    Some(GENERATION.load(Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;
    use std::thread;

    use super::{KEPT, of_this_thread};

    #[test]
    fn a_thread_keeps_its_namespace() {
        let [first, second] = [(); 2].map(|()| of_this_thread().expect("/proc is mounted"));
        assert!(Rc::ptr_eq(&first, &second));
        let other = thread::spawn(|| of_this_thread().expect("/proc is mounted").name);
        assert_eq!(other.join().expect("it returns"), first.name);
    }

    #[test]
    fn a_link_of_another_process_does_not_count() {
        let first = of_this_thread().expect("/proc is mounted");
        KEPT.with_borrow_mut(|kept| kept.link.as_mut().expect("it is open").generation += 1);
        let second = of_this_thread().expect("/proc is mounted");
        assert!(!Rc::ptr_eq(&first, &second));
        assert_eq!(first.name, second.name);
    }
}
