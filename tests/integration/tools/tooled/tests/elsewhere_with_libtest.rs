#[path = "../elsewhere.rs"]
mod elsewhere;

#[test]
fn needs_none() {
    assert_eq!(tooled::of_user(), 1);
}
