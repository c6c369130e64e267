//! flanc: a compiler for instruction data.
//!
//! The way of the data, each step a folder; arrows run downward only (tests/tidy.rs holds them to it).
//!
//! ```text
//! text, digest, diagnostic    words, identities and draws, findings with a place
//! files                       what is written in one step
//! select                      what `cluster:nli` means, whoever asks
//! grammar/flan.pest
//!   syntax     text -> tree with spans, never fails
//!   jinja      the template language of bodies: which names they read, and rendering
//!   sql        what a `select` may say
//!   catalog    tree -> checked model: Dataset, Template, Mixture; names resolved; broken items stay out
//!   project    flanc.toml and every .flan file -> catalog
//!   import     other people's collections -> a project
//!   source     files -> Arrow batches in the dataset's own fields; identities of rows
//!   render     template x row -> example
//!   mix        rates, caps, passes, reserve, hold-out, order -> the plan of a mixture
//!   token      texts -> tokens, loss masks, packed rows
//!   metrics    answers -> what they are worth
//!   model      token ids -> log-probabilities and gradients; weights and their files
//!   shard      examples -> shards, manifest, card; one exchange of the directory
//!   train      rows of tokens -> a model that foretells their targets
//!   build      catalog + request -> a built mixture: the steps above, in order
//!   lint       catalog and rows -> findings, their pages and their fixes
//!   report     built directories read back: statistics, what two of them differ in, what answers are worth
//!   eval       a model asked about a build: options ranked, answers generated, what it has seen
//!   golden     pinned rows x templates -> accepted texts in files, and what differs from them
//!   cli        arguments in, one function called, tables and diagnostics out
//! ```

pub mod build;
pub mod catalog;
pub mod cli;
pub mod diagnostic;
pub mod digest;
pub mod eval;
pub mod files;
pub mod golden;
pub mod import;
pub mod jinja;
pub mod lint;
pub mod metrics;
pub mod mix;
pub mod model;
pub mod project;
pub mod render;
pub mod report;
pub mod select;
pub mod shard;
pub mod source;
pub mod sql;
pub mod syntax;
pub mod text;
pub mod token;
pub mod train;
