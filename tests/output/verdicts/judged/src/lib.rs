//! Tests that are judged by both harnesses.
