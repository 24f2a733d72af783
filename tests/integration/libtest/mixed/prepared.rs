//! A directory that is prepared once, for tests with libtest and without, in one process and in
//! many.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use ns_test::ns_test;

fn fill(directory: &Path) -> io::Result<()> {
    if let Some(log) = std::env::var_os("PREPARED_LOG") {
        let log = fs::OpenOptions::new().append(true).create(true).open(log);
        writeln!(log?, "fill")?;
    }
    std::thread::sleep(Duration::from_millis(100));
    fs::write(directory.join("file"), "prepared")
}

macro_rules! tests {
    ($($name:ident)*) => {
        $(
            #[ns_test(mount(tmpfs = "/srv", prepared("/srv/data", fill)))]
            fn $name() -> io::Result<()> {
                assert_eq!(fs::read_to_string("/srv/data/file")?, "prepared");
                fs::write("/srv/data/file", stringify!($name))
            }
        )*
    };
}

tests! { a b c d }
