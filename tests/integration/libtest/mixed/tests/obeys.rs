//! A constructor starts a thread before the first test, unless ns-test asks it not to.

extern "C" fn start_a_thread() {
    if std::env::var_os("NS_TEST_HARNESS").is_none() {
        std::thread::spawn(|| loop {
            std::thread::park();
        });
    }
}

#[used]
#[link_section = ".init_array"]
static START: extern "C" fn() = start_a_thread;

#[ns_test::ns_test(user)]
fn runs_with_the_callers_environment() {
    assert_eq!(std::env::var_os("NS_TEST_HARNESS"), None);
}
