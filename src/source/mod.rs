//! Files to rows.

pub mod read;
