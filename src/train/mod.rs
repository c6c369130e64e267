//! Training: rows of tokens to a model that foretells their targets.
//!
//! Reads builds by their shards and manifest, and knows nothing of templates.

mod adafactor;
mod adamw;
mod batch;
mod checkpoint;
mod data;
mod learner;
mod log;
mod optimizer;
mod plan;
mod recipe;
mod run;
mod schedule;
mod sizes;
mod tally;
mod trained;

pub use batch::Batch;
pub use data::{Data, Name, Packed, same_tokenizer, stored_settings};
pub use learner::{Learner, Update, length};
pub use log::{LOG, TIMES};
pub use optimizer::{Factored, Optimizer};
pub use recipe::{Recipe, VERSION};
pub use run::{Finished, Progress, Run, plan, run};
pub use schedule::Schedule;
pub use sizes::{SIZES, config};
pub use trained::trained;
