//! The items of one annotated function. The attribute expands to a call of one of these macros,
//! with only the tokens that differ from test to test.
//!
//! The attribute's crate is built without optimization, and takes several times as long as rustc to
//! write a token. rustc writes the tokens of these macros. Brackets in the call take the attribute
//! as long as ten tokens, so the call has few of them.
//!
//! libtest runs the `#[test]`. Without libtest, rustc drops it and the harness reads only the table
//! of cases. The attribute puts `cfg(test)` on the call of the macro.
//!
//! All names are absolute because users shadow `core`, `std`, `Some` and `Result`.
//!
//! - `$unsupported` is the reason why the test is ignored on other systems, unless it is ignored on
//!   all.
//! - `$spec` and `$options` name a static or a type of the hidden module. `$field` and `$option`
//!   are the fields of the type.
//! - `$body` is a variant of the runtime's `Body`. Its value is the function `$unit`, or `$value`.
//!   `$value` is not an `expr`: with one, rustc would report a wrong return type at the attribute.
//! - `$function` is the whole function as the user wrote it.

/// Writes the items for Linux: an entry in the table of cases, and a `#[test]` of the same name.
#[cfg(all(target_os = "linux", not(miri)))]
#[doc(hidden)]
#[macro_export]
macro_rules! __annotated_test {
    (
        $ignore:ident $(($($reason:tt)*))? $($unsupported:literal)?;
        $(#[$($attribute:tt)*])* $visibility:vis fn $name:ident = $text:literal;
        $manifest_dir:tt,
        $spec:ident $({ $($field:tt)* })?,
        $options:ident $({ $($option:tt)* })?,
        $body:ident $($unit:ident)? $(($($value:tt)*))?;
        $($function:tt)*
    ) => {
        #[::core::prelude::v1::test]
        $(#[$($attribute)*])*
        $visibility fn $name() {
            $crate::__private::libtest_entry(::core::module_path!(), $text);
        }

        const _: () = {
            #[allow(
                clippy::missing_const_for_fn,
                clippy::single_call_fn,
                reason = "an `expect` would be unfulfilled in most tests"
            )]
            $($function)*
            const _: () = {
                use $crate::__private as __ns_test;
                #[used]
                #[unsafe(link_section = "ns_test_cases")]
                static __CASE: __ns_test::Record = &__ns_test::Case {
                    path: ::core::concat!(::core::module_path!(), "::", $text),
                    manifest_dir: $manifest_dir,
                    file: ::core::file!(),
                    line: ::core::line!(),
                    column: ::core::column!(),
                    spec: &__ns_test::$spec $({ $($field)* })?,
                    options: &__ns_test::$options $({ $($option)* })?,
                    body: __ns_test::Body::$body($($unit)? $($($value)*)?),
                };
            };
        };
    };
}

/// Writes the items for other systems and for Miri, where no test runs. They are a `#[test]` that
/// is ignored, and a constructor that adds the name to a list, because there is no table of cases.
///
/// rust-analyzer sees these items on Linux, too: it sets `cfg(miri)` for all crates.
#[cfg(not(all(target_os = "linux", not(miri))))]
#[doc(hidden)]
#[macro_export]
macro_rules! __annotated_test {
    (
        $ignore:ident $(($($reason:tt)*))? $($unsupported:literal)?;
        $(#[$($attribute:tt)*])* $visibility:vis fn $name:ident = $text:literal;
        $manifest_dir:tt,
        $spec:ident $({ $($field:tt)* })?,
        $options:ident $({ $($option:tt)* })?,
        $body:ident $($unit:ident)? $(($($value:tt)*))?;
        $($function:tt)*
    ) => {
        #[::core::prelude::v1::test]
        $(#[ignore = $unsupported])?
        $(#[$($attribute)*])*
        $visibility fn $name() {
            $crate::__private::did_not_run();
        }

        #[cfg(not(target_family = "wasm"))]
        const _: () = {
            use $crate::__private as __ns_test;
            static __ENTRY: __ns_test::Entry = __ns_test::Entry {
                module: ::core::module_path!(),
                name: $text,
                ignore: __ns_test::Ignore::$ignore $(($($reason)*))?,
            };
            extern "C" fn __enter() {
                __ENTRY.enter();
            }
            #[used]
            #[cfg_attr(
                target_vendor = "apple",
                unsafe(link_section = "__DATA,__mod_init_func,mod_init_funcs")
            )]
            #[cfg_attr(windows, unsafe(link_section = ".CRT$XCU"))]
            #[cfg_attr(
                not(any(target_vendor = "apple", windows)),
                unsafe(link_section = ".init_array")
            )]
            static __AT_START: extern "C" fn() = __enter;
        };

        #[cfg(target_os = "linux")]
        const _: () = {
            #[allow(
                clippy::missing_const_for_fn,
                clippy::single_call_fn,
                reason = "an `expect` would be unfulfilled in most tests"
            )]
            $($function)*
            const _: () = {
                let _ = $name;
            };
        };
    };
}
