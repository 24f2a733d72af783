//! One test passes, one has threads but no leak, one panics, and one uses freed memory.

use std::hint::black_box;
use std::thread;

use ns_test::ns_test;

#[ns_test]
fn passes() {
    let text = black_box(String::from("on the heap"));
    assert_eq!(text.len(), 11);
}

#[ns_test(user, net)]
fn passes_with_threads() {
    let thread = thread::spawn(|| black_box(vec![1, 2, 3]).len());
    assert_eq!(thread.join().expect("it does not panic"), 3);
}

#[ns_test(user)]
fn panics() {
    panic!("{}", black_box(String::from("for a reason")));
}

#[ns_test]
fn uses_what_it_has_freed() {
    let freed = black_box(Box::into_raw(Box::new(7_u8)));
    // SAFETY: unsound on purpose: the second line is the mistake that ASan must find.
    unsafe {
        drop(Box::from_raw(freed));
        println!("{}", black_box(freed.read_volatile()));
    }
}
