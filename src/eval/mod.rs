//! What a model makes of a build's examples: options ranked, answers generated, zero-shot or behind exemplars; scored as
//! `flanc score` scores any answers.
//!
//! Reads shards, manifest and a model's directory only. Knows no templates, and no project.

mod answer;
mod examples;
mod generate;
mod origin;
mod prompt;
mod rank;
mod report;
mod run;
mod seen;
mod shots;
mod store;

pub use answer::Lengths;
pub use generate::{Ended, Generated, Limits, greedy};
pub use prompt::{Cut, NULL_PROMPT, Prompter};
pub use rank::{Continuation, Question, Worth, largest, log_probs};
pub use report::{ByRule, Report, compare, said, tables};
pub use run::{Outcome, Progress, Request, run};
pub use seen::seen;
