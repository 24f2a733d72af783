//! As many at once as libtest allows, all on port 80.

macro_rules! tests {
    ($($name:ident)*) => {
        $(
            #[ns_test::ns_test(net)]
            fn $name() -> std::io::Result<()> {
                let listener = std::net::TcpListener::bind("127.0.0.1:80")?;
                std::thread::sleep(std::time::Duration::from_millis(20));
                drop(listener);
                Ok(())
            }
        )*
    };
}

tests! {
    a0 a1 a2 a3 a4 a5 a6 a7 a8 a9
    b0 b1 b2 b3 b4 b5 b6 b7 b8 b9
    c0 c1 c2 c3 c4 c5 c6 c7 c8 c9
    d0 d1 d2 d3 d4 d5 d6 d7 d8 d9
}
