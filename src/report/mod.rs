//! A built directory read back: what is in it, and what two of them differ in.
//!
//! Knows the manifest and the shards of builds, and nothing of the project that they were built from.

pub mod diff;
pub mod stats;
mod subject;
