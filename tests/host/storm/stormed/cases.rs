//! Twenty times ten tests. Those below `fails` never pass. Those below `passes` pass unless
//! something disturbs them. Those below `either` fail unless something helps them.

macro_rules! twenty {
    ($($name:ident)*) => {
        $(
            mod $name {
                mod passes {
                    use std::thread::sleep;
                    use std::time::Duration;

                    use ns_test::ns_test;

                    #[ns_test(user)]
                    fn at_once() {}

                    #[ns_test(user)]
                    fn a_little_later() {
                        sleep(Duration::from_millis(10));
                    }

                    #[ns_test(pid)]
                    fn with_pid() {
                        sleep(Duration::from_millis(5));
                    }

                    #[ns_test]
                    fn with_all() {}

                    #[ns_test(user)]
                    #[should_panic(expected = "reason")]
                    fn by_a_panic() {
                        panic!("for a reason");
                    }

                    #[ns_test(pid)]
                    fn leaving_a_process() {
                        let _ = std::process::Command::new("sleep").arg("600").spawn();
                    }

                    #[ns_test(net)]
                    fn on_a_port() {
                        std::net::TcpListener::bind("127.0.0.1:80").expect("it is free");
                    }
                }

                mod fails {
                    use std::thread::sleep;
                    use std::time::Duration;

                    use ns_test::ns_test;

                    #[ns_test(user)]
                    fn by_an_exit() {
                        sleep(Duration::from_millis(3));
                        std::process::exit(0);
                    }

                    #[ns_test(pid)]
                    fn by_a_panic() {
                        panic!("as it should");
                    }
                }

                mod either {
                    use std::thread::sleep;
                    use std::time::Duration;

                    use ns_test::ns_test;

                    #[ns_test(pid, leftovers = "fail")]
                    fn by_a_leftover() {
                        let _ = std::process::Command::new("sleep").arg("600").spawn();
                        sleep(Duration::from_millis(3));
                    }
                }
            }
        )*
    };
}

twenty! { a b c d e f g h i j k l m n o p q r s t }
