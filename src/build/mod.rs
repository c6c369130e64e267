//! A catalog and a request to a built mixture: read, divide, plan, render, write, publish.
//!
//! The steps are the modules of this crate in their order; this folder only hands values from one to the next.

mod digest;
mod examples;
mod facts;
mod marks;
mod memory;
mod order;
mod pack;
mod plan;
mod read;
mod request;
mod reuse;
mod run;
mod shots;
mod silent;
mod taken;
mod tasks;
mod trace;
mod write;

pub use digest::{dataset_meaning, field_meaning, template_meaning, verbalizer_meaning};
pub use plan::{Plan, plan};
pub use read::{Gathered, Missing};
pub use request::{MEMORY, Progress, Request, ShardBy, Step, Tokens};
pub use reuse::{Tally, Work};
pub use run::{Built, run};
pub use silent::Silent;
pub use trace::{Traced, trace};
