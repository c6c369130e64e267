//! What can be typed after `flanc golden`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

use crate::cli::args::{From, Selecting};

/// Hold what templates make of pinned rows to what a person accepted
#[derive(ClapArgs)]
pub struct Golden {
    #[command(subcommand)]
    pub what: What,
}

#[derive(Subcommand)]
pub enum What {
    Check(Check),
    Review(Review),
    /// Take what is rendered now as right, and write it into the golden files
    Accept(Decide),
    /// Keep what was accepted: what waits beside the golden files is taken back
    Reject(Decide),
    Report(Report),
}

/// Render the pinned rows and show what is not as it was accepted; end with 1 where anything is not
#[derive(ClapArgs)]
#[command(
    after_help = "Examples:\n  flanc golden check\n  flanc golden check cluster:nli --all\n  flanc golden check template:rte/* --write-pending"
)]
pub struct Check {
    #[command(flatten)]
    pub selecting: Selecting,
    #[command(flatten)]
    pub from: From,
    /// Show every difference, and not some of each template
    #[arg(long)]
    pub all: bool,
    /// Show what is covered of every template, and not only what is not
    #[arg(long)]
    pub coverage: bool,
    /// Write what a file would say beside it, as FILE.new
    #[arg(long)]
    pub write_pending: bool,
}

/// Walk through the differences and decide on each; without a terminal, print the commands that decide
#[derive(ClapArgs)]
pub struct Review {
    #[command(flatten)]
    pub selecting: Selecting,
    #[command(flatten)]
    pub from: From,
}

#[derive(ClapArgs)]
pub struct Decide {
    #[command(flatten)]
    pub selecting: Selecting,
    #[command(flatten)]
    pub from: From,
}

/// Write the differences as one HTML page, which needs nothing beside it
#[derive(ClapArgs)]
pub struct Report {
    #[command(flatten)]
    pub selecting: Selecting,
    #[command(flatten)]
    pub from: From,
    /// The page
    #[arg(long, value_name = "FILE")]
    pub html: PathBuf,
}
