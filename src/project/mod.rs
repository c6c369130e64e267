//! A project on disk: `flanc.toml`, and every `.flan` file below `datasets/`, `templates/` and the root.

mod config;
mod load;

pub use config::{Build, Config};
pub use load::{Project, load};
