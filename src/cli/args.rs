//! What can be typed.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

/// A compiler for instruction data: templates and source datasets in, deterministic mixtures out
#[derive(Parser)]
#[command(name = "flanc", version, max_term_width = 100)]
pub struct Args {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(ClapArgs)]
pub struct Common {
    /// The project's directory
    #[arg(long, global = true, value_name = "DIR", default_value = ".", env = "FLANC_PROJECT")]
    pub project: PathBuf,
    /// How results are printed
    #[arg(long, global = true, value_enum, default_value_t = Form::Text, value_name = "FORM", id = "output_form")]
    pub output: Form,
    /// When to use color
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
    /// No progress, no notes
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    Text,
    Json,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand)]
pub enum Command {
    Check(Check),
    Count(Count),
    List(List),
    Show(Show),
}

/// Read every file of the project and report every mistake
#[derive(ClapArgs)]
pub struct Check {}

/// List the datasets, their templates and what they lack
#[derive(ClapArgs)]
pub struct List {}

/// Where rows come from
#[derive(ClapArgs)]
pub struct From {
    /// Which source of each dataset to read
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
    /// Where the paths of sources begin
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// Read a dataset's source and count its rows by split
#[derive(ClapArgs)]
pub struct Count {
    /// The datasets; all where none is named
    #[arg(value_name = "DATASET")]
    pub datasets: Vec<String>,
    #[command(flatten)]
    pub from: From,
}

/// Show rows of a dataset through its templates
#[derive(ClapArgs)]
pub struct Show {
    #[arg(value_name = "DATASET")]
    pub dataset: String,
    /// Only this template
    #[arg(long, value_name = "NAME")]
    pub template: Option<String>,
    /// How many rows
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub rows: usize,
    /// The source split they are taken from
    #[arg(long, value_name = "SPLIT", default_value = "train")]
    pub split: String,
    #[command(flatten)]
    pub from: From,
}
