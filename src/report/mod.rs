//! A built directory read back: what is in it, what two of them differ in, and what answers to their examples are
//! worth.
//!
//! Knows the manifest and the shards of builds, and nothing of the project that they were built from.

pub mod diff;
pub mod score;
pub mod stats;
mod subject;
