//! Which rows, how often, through which templates and in which order: the plan of a mixture.
//!
//! Nothing here is drawn from a sequence. Every choice is read from a digest of what it is about (docs/determinism.md),
//! so the plan is a function of the *set* of rows. This module writes nothing and renders nothing.

mod draw;
mod fate;
mod groups;
mod occurrences;
mod pool;
mod quota;
mod templates;
mod uses;

pub use draw::{Draws, exemplar_start, option_order, reference, score, tickets};
pub use fate::{Fate, Fates};
pub use pool::{Pool, Splits, Unit, pool};
pub use quota::{Quota, quotas, shares, weight};
pub use templates::drawn_templates;
pub use uses::{Use, positional_uses, shard_of, uses};
