//! Examples to files: the fixed schema, three formats, the manifest, one exchange of the whole directory, and what a model
//! that has learned from them keeps of it.
//!
//! Knows nothing of templates or sources. What a shard says is fixed by its content digest; how it is stored, by the
//! writer's tag.

mod block;
mod card;
mod columns;
mod content;
mod directory;
mod format;
mod manifest;
mod order;
mod token_file;
mod tokens;
mod trained;
mod verify;

pub use block::{Block, ListColumn, TextColumn};
pub use card::card;
pub use columns::{Columns, Layout, Record, schema};
pub use content::Content;
pub use directory::Directory;
pub use format::{Format, ShardWriter, Storage, Written, ZSTD, open, write};
pub use manifest::{
    DatasetFacts, Manifest, QUARANTINE, QUARANTINED, ShardFacts, ShardTokens, TokenCounts, TokenFacts, WRITER,
};
pub use order::{ORDER, write_order};
pub use token_file::{TokenWriter, read_token_rows};
pub use tokens::{Packed, TokenRow, token_schema};
pub use trained::{TRAINED, Trained, TrainedOn, folders_of_model};
pub use verify::{Verified, columns_of, manifest, read_records, verify};
