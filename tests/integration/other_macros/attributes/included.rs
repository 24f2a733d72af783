#[ns_test(uts)]
fn in_an_included_file() {
    assert_inside();
}
