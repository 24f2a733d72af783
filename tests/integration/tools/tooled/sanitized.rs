//! One that passes, one that leaks nothing but has threads, and one that uses what it has freed.

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
    // SAFETY: of the two, the second is the mistake that is to be found.
    unsafe {
        drop(Box::from_raw(freed));
        println!("{}", black_box(freed.read_volatile()));
    }
}
