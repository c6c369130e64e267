//! Training: rows of tokens to a model that foretells their targets.
//!
//! Reads builds by their shards and manifest, and knows nothing of templates.

mod adafactor;
mod adamw;
mod batch;
mod learner;
mod optimizer;
mod schedule;

pub use batch::Batch;
pub use learner::{Gradients, Learner, Update, length};
pub use optimizer::{Factored, Optimizer};
pub use schedule::Schedule;
