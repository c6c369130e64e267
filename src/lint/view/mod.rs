//! Templates as rules see them: made once for each template, shared by all rules.

mod body;
mod dataset;
mod nouns;
mod plan;
pub mod polarity;
mod search;
mod sentences;
mod sketch;
pub mod vocabulary;
pub mod words;

pub use body::{BodyView, Way};
pub use dataset::{DatasetView, ProjectView, TemplateView};
pub use plan::planned;
pub use search::{Hit, in_bodies, in_prompts, pattern};
pub use sentences::{End, Sentence, sentences};
pub use sketch::{HOLE, Hole, OPTIONS, Sketch};
