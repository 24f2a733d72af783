//! The fork server is killed before it has served.

extern "C" fn end_the_fork_server() {
    if std::env::var_os("NS_TEST_FORK_SERVER").is_some() {
        std::process::abort();
    }
}

#[used]
#[link_section = ".init_array"]
static END: extern "C" fn() = end_the_fork_server;

#[ns_test::ns_test(user)]
fn cannot_run() {}
