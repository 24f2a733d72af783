//! libc's `qsort(3)`, which nix does not have.

use std::ffi::{c_int, c_void};

use nix::libc;

/// Sorts by what [`AsRef`] returns, in the order of `str`.
///
/// libc is optimized in every build. std's sort is generic, and so a debug build compiles it
/// without optimization: 10,000 names then take three times as many instructions. `qsort`
/// allocates.
pub(crate) fn sort_by_name<T: AsRef<str>>(items: &mut [T]) {
    let (start, count) = (items.as_mut_ptr().cast::<c_void>(), items.len());
    // SAFETY: the elements are initialized, and `T`s may be moved bytewise. `compare` is a total
    // order, takes elements of this type, and does not unwind: a panic in it aborts.
    unsafe { libc::qsort(start, count, size_of::<T>(), Some(compare::<T>)) };
}

unsafe extern "C" fn compare<T: AsRef<str>>(one: *const c_void, other: *const c_void) -> c_int {
    // SAFETY: `qsort` passes pointers to elements of the slice, which nothing else uses meanwhile.
    let name = |item: *const c_void| unsafe { &*item.cast::<T>() }.as_ref();
    name(one).cmp(name(other)) as c_int
}

#[cfg(test)]
mod tests {
    use super::sort_by_name;

    #[test]
    fn names_are_in_the_order_of_str() {
        const STEP: usize = 7_919;
        const COUNT: usize = 10_000;
        let mut names: Vec<String> = (0..COUNT)
            .map(|number| format!("{:x}::é{number}", number * STEP % COUNT))
            .collect();
        let mut expected = names.clone();
        expected.sort();
        sort_by_name(&mut names);
        assert_eq!(names, expected);
    }

    #[test]
    fn nothing_and_one_are_sorted() {
        sort_by_name::<&str>(&mut []);
        let mut one = ["one"];
        sort_by_name(&mut one);
        assert_eq!(one, ["one"]);
    }
}
