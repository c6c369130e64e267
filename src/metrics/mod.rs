//! What an answer is worth: the metrics that a dataset may declare, as plain functions over texts, labels and numbers.
//!
//! Each file says whose definition it follows. Nothing here knows of builds, and no text makes a function panic.
//! tests/reference_metrics.rs holds them to what the field's own packages compute.

mod assignment;
pub mod bleu;
pub mod bleu_tokenizers;
pub mod chrf;
pub mod classification;
pub mod correlation;
pub mod drop;
pub mod edit_distance;
pub mod exact_match;
pub mod multirc;
pub mod normalise;
pub mod overlap;
pub mod porter;
pub mod python;
pub mod record;
pub mod rouge;
pub mod squad;
pub mod table;
pub mod tally;
pub mod trivia_qa;

pub use table::{Item, METRICS, Metric};
pub use tally::Tally;
