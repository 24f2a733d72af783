use ns_test::ns_test;

#[ns_test(user(gids = "0:200000:1000"))]
fn without_ids() {}

#[ns_test(user(ids = "auto", gids = "0:200000:1000"))]
fn with_auto() {}

#[ns_test(user(ids = "0:caller:2"))]
fn two_callers() {}

#[ns_test(user(ids = "0:caller:1", ids = "1:caller:1"))]
fn the_caller_twice() {}

#[ns_test(user(ids = "0:1000:5", gids = "auto"))]
fn auto_gids() {}

#[ns_test(user(ids = "0:100000:5", gids = "7:100000:5", become = 3))]
fn becomes_an_unmapped_group() {}

fn main() {}
