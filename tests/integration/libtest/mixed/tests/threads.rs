//! A constructor has started a thread before the first test.

extern "C" fn start_a_thread() {
    std::thread::spawn(|| loop {
        std::thread::park();
    });
}

#[used]
#[link_section = ".init_array"]
static START: extern "C" fn() = start_a_thread;

#[ns_test::ns_test]
fn does_not_run() {}
