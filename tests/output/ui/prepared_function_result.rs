use ns_test::ns_test;

#[ns_test(mount(prepared("/srv", fill)))]
fn test() {}

fn fill(_: &std::path::Path) -> u8 {
    0
}

fn main() {}
