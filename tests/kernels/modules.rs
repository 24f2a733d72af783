//! A kernel without a module, as if the option were off: the module is unloaded, and no program
//! loads it again.

use std::fs;
use std::process::Command;

use libtest_mimic::Failed;
use ns_test_suite::fixture::{self, Check};
use ns_test_suite::host::Feature;

use crate::machine::{Around, Named, Setting, is_reported, passes, run};

pub(crate) const CHECKS: &[Named] = &[
    ("without_overlay", || {
        without(
            "overlay",
            &["overlay"],
            "modular::overlay",
            Some(Feature::OVERLAYS),
        )
    }),
    ("without_veth", || {
        without("veth", &["veth"], "modular::network", None)
    }),
    // The kernel answers EOPNOTSUPP, and without nfnetlink EPROTONOSUPPORT.
    ("without_nf_tables", || {
        without("nf_tables", NF_TABLES, "modular::address_translation", None)
    }),
    ("without_nfnetlink", || {
        let modules = [NF_TABLES, &["nfnetlink"]].concat();
        without("nfnetlink", &modules, "modular::address_translation", None)
    }),
];

const NF_TABLES: &[&str] = &[
    "nft_chain_nat",
    "nft_masq",
    "nft_ct",
    "nft_socket",
    "nf_tables",
];

/// Runs the test without these modules, where it is refused, and then with them: the remedy of the
/// report. A kernel without the feature refuses the test then, too.
fn without(name: &str, modules: &[&str], test: &str, feature: Option<Feature>) -> Check {
    let modprobe = fs::read_to_string("/proc/sys/kernel/modprobe")?;
    let load = |modules: &[&str]| run(Command::new(modprobe.trim()).arg("-a").args(modules));
    // Only these modules are missing.
    load(&["veth", "overlay", "nfnetlink"])?;
    let setting = Setting::write("kernel/modprobe", "/bin/false")?;
    unload(modules)?;
    is_reported(&format!("without_{name}"), Around::default(), test)?;
    drop(setting);
    load(modules)?;
    match feature.and_then(Feature::lacking) {
        Some(_) => Ok(()),
        None => passes(Around::default(), test),
    }
}

/// Unloads the modules. A module stays in use until the kernel has destroyed the last network
/// namespace with it.
fn unload(modules: &[&str]) -> Result<(), Failed> {
    let loaded = || {
        let table = fs::read_to_string("/proc/modules").unwrap_or_default();
        let is_ours = |line: &&str| {
            line.split(' ')
                .next()
                .is_some_and(|name| modules.contains(&name))
        };
        table.lines().find(is_ours).map(ToOwned::to_owned)
    };
    let unloaded = fixture::eventually(|| {
        for module in modules {
            let _ = Command::new("rmmod").arg(module).output();
        }
        loaded().is_none()
    });
    match (unloaded, loaded()) {
        (true, _) => Ok(()),
        (false, line) => Err(format!("still loaded: {line:?}").into()),
    }
}
