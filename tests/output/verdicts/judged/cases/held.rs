//! Short and long tests in turn, all of which return.

macro_rules! pairs {
    ($($short:ident $long:ident)*) => {
        $(
            #[ns_test::ns_test(user)]
            fn $short() {}

            #[ns_test::ns_test(pid)]
            fn $long() {
                std::thread::sleep(std::time::Duration::from_millis(60));
            }
        )*
    };
}

pairs! {
    a0 a1 b0 b1 c0 c1 d0 d1 e0 e1
    f0 f1 g0 g1 h0 h1 i0 i1 j0 j1
}
