//! A decoder of the Llama family on candle: its settings, its weights and their files, what it computes and how it is
//! differentiated.
//!
//! Knows nothing of texts, tokenizers and builds: ids in, numbers out.

mod cache;
mod config;
mod fresh;
mod gguf;
mod gradients;
mod layers;
mod llama;
mod ops;
mod rope;
mod span;
mod tensor;
#[cfg(test)]
mod tests;
mod weights;

pub use cache::Cache;
pub use config::Config;
pub use gradients::{Gradients, Supervised};
pub use llama::Llama;
pub use ops::wide::wide;
pub use rope::{Rope, Scaling};
pub use span::Span;
pub use tensor::{Numbers, update};
pub use weights::{Weights, read, write};
