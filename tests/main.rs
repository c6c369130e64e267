//! Every integration test, in one binary: each further one would link everything again.
//!
//! A file is named after what a user does or is promised. `support` runs the program as a user would.

mod adding;
mod archives;
mod benches;
mod build;
mod built;
mod commands;
mod data;
mod determinism;
mod diff;
mod disks;
mod drops;
mod failures;
mod fmt;
mod generated;
mod golden;
mod import;
mod incremental;
mod language;
mod layouts;
mod leak;
mod library;
mod lint;
mod memory;
mod mistakes;
mod mixture;
mod program;
mod quarantine;
mod readers;
mod readme;
mod reference;
mod reference_lint;
mod reference_metrics;
mod reference_train;
mod schema;
mod score;
mod selection;
mod server;
mod sources;
mod stability;
mod stats;
mod support;
mod syntax;
mod tidy;
