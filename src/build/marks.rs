//! What became of rows while their examples were written, from all threads at once.

use std::sync::atomic::{AtomicU8, Ordering};

use crate::mix::Fate;

/// A mark for each row of each dataset. One example of a row is enough for it to count as used; of several failures
/// the one that stands later in the list counts, whatever order they come in.
pub(super) struct Marks(Vec<Vec<AtomicU8>>);

/// Fates that a mark can stand for, a bit each, from the weakest.
const FATES: [Fate; 5] = [
    Fate::NoTemplateUsable,
    Fate::EmptyTarget,
    Fate::RenderFailure,
    Fate::TooLong,
    Fate::Used,
];

impl Marks {
    /// For so many rows in each dataset.
    pub fn new(rows: impl Iterator<Item = usize>) -> Self {
        let none = |rows: usize| (0..rows).map(|_| AtomicU8::new(0)).collect();
        Self(rows.map(none).collect())
    }

    pub fn set(&self, dataset: u32, row: u32, fate: Fate) {
        let mark = FATES.iter().position(|other| *other == fate).map_or(0, |at| 1 << at);
        self.0[dataset as usize][row as usize].fetch_or(mark, Ordering::Relaxed);
    }

    /// Brings the marks of some rows into the cache, all at once.
    pub fn bring_near(&self, rows: impl Iterator<Item = (u32, u32)>) {
        let marks = rows.map(|(dataset, row)| self.0[dataset as usize][row as usize].load(Ordering::Relaxed));
        std::hint::black_box(marks.fold(0, u8::wrapping_add));
    }

    /// The rows of each dataset that have one, with it.
    pub fn iter(&self) -> impl Iterator<Item = (usize, usize, Fate)> {
        self.0.iter().enumerate().flat_map(|(dataset, rows)| {
            rows.iter().enumerate().filter_map(move |(row, mark)| {
                let strongest = mark.load(Ordering::Relaxed).checked_ilog2()?;
                Some((dataset, row, FATES[strongest as usize]))
            })
        })
    }
}
