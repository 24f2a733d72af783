//! The checks of the function's signature and attributes.

use syn::{Path, Safety};

use super::{Function, Role, role};
use crate::mistakes::Mistakes;

impl Function {
    pub(crate) fn check(&self, block_on: Option<&Path>, mistakes: &Mistakes) {
        let mut driven = self.has_driver();
        for attribute in &self.attributes {
            if let Role::Refused(reason) = role(attribute) {
                mistakes.on(attribute, reason);
                driven = true;
            }
        }
        // Another macro may change the signature first.
        if !driven {
            self.check_signature(mistakes);
            self.check_runtime(block_on, mistakes);
        }
    }

    fn check_runtime(&self, block_on: Option<&Path>, mistakes: &Mistakes) {
        match (&self.signature.asyncness, block_on) {
            (Some(keyword), None) => mistakes.on(
                keyword,
                "an async test needs a runtime: add `#[tokio::test]` or similar below `#[ns_test]`, or name an executor, as in \
                 `block_on = smol::block_on`",
            ),
            (None, Some(path)) => mistakes.on(
                path,
                "`block_on` needs an `async fn`: remove it (another attribute may have removed the `async`)",
            ),
            _ => {}
        }
    }

    fn check_signature(&self, mistakes: &Mistakes) {
        let signature = &self.signature;
        if let Some(receiver) = signature.receiver() {
            mistakes.on(
                receiver,
                "a test is a free function, not a method: move it out of the `impl` block",
            );
        } else if !signature.inputs.is_empty() {
            mistakes.on(
                &signature.inputs,
                "a test takes no arguments: remove them, or pass them with `#[rstest]`",
            );
        }
        if let Some(variadic) = &signature.variadic {
            mistakes.on(variadic, "a test takes no arguments");
        }
        if !signature.generics.params.is_empty() {
            mistakes.on(
                &signature.generics,
                "a test is not generic: call a generic function from it",
            );
        }
        if let Some(clause) = &signature.generics.where_clause {
            mistakes.on(clause, "a test has no `where` clause: remove it");
        }
        if let Safety::Unsafe(keyword) = &signature.safety {
            mistakes.on(
                keyword,
                "a test is not `unsafe`: use an `unsafe` block in it",
            );
        }
        if let Some(abi) = &signature.abi {
            mistakes.on(abi, "a test has no `extern` ABI: remove it");
        }
    }
}
