//! Tests whose verdicts both harnesses give.
