//! A project on disk: `flanc.toml`, `flanc.lock`, and every `.flan` file below `datasets/`, `templates/` and the root.

mod config;
mod load;
mod lock;
mod outline;

pub use config::{Build, Config, Lint, THREADS};
pub use load::{Project, cannot_list, files, is_project, load};
pub use lock::{LOCK, Lock, Locked, LockedPath};
pub use outline::Declared;
