//! Texts to tokens: a tokenizer, the rows that a trainer reads, the loss mask by what was rendered.
//!
//! Knows no files of builds, no templates and no models.

mod bytes;
mod fit;
mod frame;
mod packer;
mod row;
mod settings;
mod special;
mod spelling;
mod tokenizer;
mod words;

pub use bytes::BYTES;
pub use fit::fit;
pub use frame::{Dropped, Example, Frame, Texts};
pub use packer::{Outcome, Packer};
pub use row::{NO_LOSS, Row};
pub use settings::{Join, Settings, Sides, TooLong};
pub use tokenizer::Tokenizer;
