//! Two hundred short tests, for a storm of signals.
