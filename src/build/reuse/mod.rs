//! What a build takes over from builds before it: shards that would be the same, and examples of shards that would not.
//!
//! Nothing is taken over because of its place or its time: a shard goes by a digest of everything that decides its bytes,
//! and an example by its use, its row and its template, each as they were.

pub mod cache;
mod entry;
mod old;
mod state;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

pub use entry::share;
pub use entry::{Entry, Side};
pub use old::{Found, Old, evaluated};
pub use state::{State, states};

/// What a build had to do, and what it found done.
#[derive(Debug, Default)]
pub struct Tally {
    /// Rows that were read from their sources.
    pub rows_read: AtomicU64,
    /// Rows that the cache knew.
    pub rows_kept: AtomicU64,
    /// Examples that were rendered.
    pub rendered: AtomicU64,
    /// Examples that were taken over from a shard that had to be written again.
    pub reused: AtomicU64,
    /// Shards that were taken over whole.
    pub shards_kept: AtomicU64,
    /// Examples that were tokenised.
    pub tokenised: AtomicU64,
}

/// The same, counted to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Work {
    pub rows_read: u64,
    pub rows_kept: u64,
    pub rendered: u64,
    pub reused: u64,
    pub shards_kept: u64,
    pub tokenised: u64,
}

impl Tally {
    pub fn work(&self) -> Work {
        Work {
            rows_read: self.rows_read.load(Relaxed),
            rows_kept: self.rows_kept.load(Relaxed),
            rendered: self.rendered.load(Relaxed),
            reused: self.reused.load(Relaxed),
            shards_kept: self.shards_kept.load(Relaxed),
            tokenised: self.tokenised.load(Relaxed),
        }
    }
}
