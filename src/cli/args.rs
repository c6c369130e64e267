//! What can be typed.

use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use super::answers::{Eval, Score};
use super::token_args::{FrameArgs, TokenizerArgs};
use crate::project::THREADS;
use crate::shard::Format;
use crate::text;

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
    /// How results are printed, for `build` how shards are stored, for `lint` how findings are; may be given twice
    #[arg(long, global = true, value_enum, value_name = "FORMAT")]
    pub format: Vec<Form>,
    /// When to use color
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
    /// No progress, no notes
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

/// `text` and `json` are for results, `parquet`, `arrow` and `jsonl` for shards, the others for findings of `lint`.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    Text,
    Json,
    Parquet,
    Arrow,
    Jsonl,
    Full,
    Concise,
    Sarif,
    Github,
    Junit,
}

impl Common {
    pub fn json(&self) -> bool {
        self.format.contains(&Form::Json)
    }

    /// How shards are to be stored, where that was said.
    pub fn shard_format(&self) -> Option<Format> {
        self.format.iter().find_map(|form| match form {
            Form::Parquet => Some(Format::Parquet),
            Form::Arrow => Some(Format::Arrow),
            Form::Jsonl => Some(Format::Jsonl),
            _ => None,
        })
    }

    /// How findings are to be printed, where that was said: a form that only `lint` knows.
    pub fn finding_format(&self) -> Option<Form> {
        let only = [Form::Full, Form::Concise, Form::Sarif, Form::Github, Form::Junit];
        self.format.iter().copied().find(|form| only.contains(form))
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand)]
pub enum Command {
    Build(Build),
    Check(Check),
    Count(Count),
    Diff(Diff),
    Eval(Eval),
    Fetch(Fetch),
    Fmt(Fmt),
    Golden(super::golden::Command),
    Import(Import),
    Lint(Lint),
    List(List),
    New(New),
    Rule(Rule),
    Schema(Schema),
    Score(Score),
    Show(Show),
    Stats(Stats),
    Trace(Trace),
    Train(Box<super::train::Command>),
    Verify(Verify),
}

/// How many threads there may be; none is one for each core.
pub fn threads() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(0..=THREADS as u64)
}

/// Memory that a build may take, in bytes. A number without a unit is most likely one that lacks it.
fn memory(written: &str) -> Result<u64, String> {
    match text::bytes(written)? {
        bytes if bytes < 1 << 20 => Err(format!("{bytes} bytes hold no build: write 512MiB or 4GiB")),
        bytes => Ok(bytes),
    }
}

/// Compile a mixture into its directory
#[derive(ClapArgs)]
#[command(
    mut_group("FrameArgs", |group| group.requires("tokenizer")),
    after_help = "Examples:\n  flanc build\n  flanc build flan_without_nli --source original --data ~/data --allow-missing\n  flanc build flan --format arrow --layout messages --shards 4 --out /tmp/flan\n  flanc build flan --tokenizer ~/models/smollm2 --layout tokens --seq-len 4096"
)]
pub struct Build {
    /// The mixture [default: that of flanc.toml, or `flan`, or the only one there is]
    #[arg(value_name = "MIXTURE")]
    pub mixture: Option<String>,
    #[command(flatten)]
    pub from: From,
    /// Go on without the sources that are not there, and record it
    #[arg(long)]
    pub allow_missing: bool,
    /// The mixture's own directory [default: build/MIXTURE]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Worker threads, at most 1024, or 0 for one each core; the result does not depend on it
    #[arg(long, value_name = "N", value_parser = threads())]
    pub threads: Option<usize>,
    /// The seed of every draw
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Files of the training split
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=99_999))]
    pub shards: Option<u32>,
    /// What a shard holds: a stretch of the mixture, or examples of one dataset, with the order in a file of its own
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = ShardByName::Mixture)]
    pub shard_by: ShardByName,
    /// At most N rows of each dataset, for a first look
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub sample: Option<u64>,
    /// How an example is laid out in columns
    #[arg(long, value_enum, value_name = "L")]
    pub layout: Option<LayoutName>,
    #[command(flatten)]
    pub tokenizer: TokenizerArgs,
    /// The most tokens of a row of packed examples [default: 2048]
    #[arg(long, value_name = "N", requires = "tokenizer")]
    pub seq_len: Option<usize>,
    #[command(flatten)]
    pub frame: FrameArgs,
    /// Memory that the build may take, such as 512MiB or 4GiB; rows beyond that are kept on the disk [default: 2GiB]
    #[arg(long, value_name = "SIZE", value_parser = memory)]
    pub memory: Option<u64>,
    /// zstd level of Parquet's pages [default: 3]
    #[arg(long, value_name = "LEVEL", value_parser = clap::value_parser!(i32).range(1..=22))]
    pub zstd: Option<i32>,
    /// Neither read nor write the cache
    #[arg(long)]
    pub no_cache: bool,
    /// Read and plan, print the table, write nothing
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ShardByName {
    Mixture,
    Dataset,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LayoutName {
    InputsTargets,
    Messages,
    /// Packed tokens with their loss mask, for train and validation; needs --tokenizer
    Tokens,
}

/// Compare a built directory with its manifest: files, digests, counts
#[derive(ClapArgs)]
pub struct Verify {
    /// The built directory
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
}

/// Find the source row of an example, render it again and prove it equal
#[derive(ClapArgs)]
pub struct Trace {
    /// The `row_key` of an example, or at least its first six characters
    #[arg(value_name = "ROW")]
    pub row: String,
    /// Only examples of these, such as `split:test` or `rte/two_friends`
    #[arg(value_name = "SELECTION")]
    pub selection: Vec<String>,
    /// The built directory [default: build/MIXTURE]
    #[arg(long = "in", value_name = "DIR")]
    pub directory: Option<PathBuf>,
}

/// Start a new item from what is there
#[derive(ClapArgs)]
pub struct New {
    #[command(subcommand)]
    pub what: NewWhat,
}

#[derive(Subcommand)]
pub enum NewWhat {
    /// A dataset card with the columns of a data file as fields, and ten empty templates
    Dataset {
        /// A .jsonl, .json, .csv, .tsv, .parquet, .arrow or .txt file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The dataset's id [default: the file's name]
        #[arg(long, value_name = "ID")]
        id: Option<String>,
        /// The cluster it belongs to
        #[arg(long, value_name = "NAME", default_value = "misc")]
        cluster: String,
    },
}

/// Print the JSON schema of what `--format json` prints
#[derive(ClapArgs)]
pub struct Schema {
    #[arg(value_name = "NAME", help = super::schema::help())]
    pub name: Option<String>,
}

/// What is meant
#[derive(ClapArgs)]
pub struct Selecting {
    /// What is meant: `rte`, `cluster:nli`, `template:rte/*`, `role:turned`, `not:license:*-NC-*`, `state:modified` and so on; everything where nothing is said
    #[arg(value_name = "SELECTION")]
    pub selection: Vec<String>,
    /// The build that `state:` compares with [default: that of the project's mixture]
    #[arg(long, value_name = "DIR")]
    pub against: Option<PathBuf>,
}

/// Read every file of the project and report every mistake
#[derive(ClapArgs)]
pub struct Check {
    #[command(flatten)]
    pub selecting: Selecting,
}

/// List the datasets, their templates and what they lack
#[derive(ClapArgs)]
#[command(
    after_help = "Examples:\n  flanc list cluster:nli not:rte\n  flanc list cluster:nli,role:turned\n  flanc list state:modified --against build/flan"
)]
pub struct List {
    #[command(flatten)]
    pub selecting: Selecting,
}

/// Say what a careful editor would of templates, datasets, rows and mixtures
#[derive(ClapArgs)]
#[command(
    after_help = "Examples:\n  flanc lint\n  flanc lint templates/nli cluster:sentiment\n  flanc lint --select text,SIB --ignore TXT007\n  flanc lint --fix --diff\n  flanc lint --format sarif > lint.sarif"
)]
pub struct Lint {
    /// What is looked at: files and directories of the project, a selection as `rte`, `cluster:nli`, `rte/two_friends`, or both, which add up; everything where nothing is said
    #[arg(value_name = "WHAT")]
    pub what: Vec<String>,
    /// The build that `state:` compares with [default: that of the project's mixture]
    #[arg(long, value_name = "DIR")]
    pub against: Option<PathBuf>,
    /// The rules that run: codes, beginnings of codes, names, groups, `all`, `default`
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub select: Vec<String>,
    /// Rules that do not run
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// Findings of this level or above make the command end with 1 [default: warning]
    #[arg(long, value_name = "LEVEL", value_parser = ["error", "warning", "note", "never"])]
    pub fail_on: Option<String>,
    /// Put in the fixes that can only be improvements
    #[arg(long)]
    pub fix: bool,
    /// Put in the other fixes as well
    #[arg(long)]
    pub unsafe_fixes: bool,
    /// Show what the fixes would change, and change nothing
    #[arg(long)]
    pub diff: bool,
    /// Count the findings of each rule
    #[arg(long)]
    pub statistics: bool,
    /// How many rows of each split are looked at
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub rows: usize,
    /// Look at no rows
    #[arg(long)]
    pub no_rows: bool,
    #[command(flatten)]
    pub from: From,
}

/// Print the page of a rule of `lint`, or list them all
#[derive(ClapArgs)]
pub struct Rule {
    /// Its code or name, such as `TXT001` or `glued-field`
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

/// Where rows come from
#[derive(ClapArgs)]
pub struct From {
    /// Which source of each dataset to read
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
    /// Where the paths of sources begin
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Fetch nothing: read what is here and in the cache
    #[arg(long)]
    pub offline: bool,
}

/// Bring the files of sources here and write down in flanc.lock what each holds
#[derive(ClapArgs)]
#[command(
    after_help = "Examples:\n  flanc fetch --source hub\n  flanc fetch rte piqa --source hub --update\n  flanc build --source hub --offline"
)]
pub struct Fetch {
    #[command(flatten)]
    pub selecting: Selecting,
    #[command(flatten)]
    pub from: From,
    /// Take files as they are now: newer revisions of a branch, changed files
    #[arg(long)]
    pub update: bool,
}

/// Lay out .flan files the one way there is: indentation, spaces, quotes, blank lines; nothing of what they say
#[derive(ClapArgs)]
#[command(
    after_help = "Examples:\n  flanc fmt\n  flanc fmt --check\n  flanc fmt templates/nli --diff\n  flanc fmt --stdin < templates/nli/rte.flan"
)]
pub struct Fmt {
    /// Files, and directories with all below them [default: the files of the project]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Write nothing; name the files that are laid out otherwise, and end with 1 where there are any
    #[arg(long)]
    pub check: bool,
    /// Write nothing; show what would change, and end with 1 where anything would
    #[arg(long)]
    pub diff: bool,
    /// Read a file from the standard input, and print it laid out
    #[arg(long, conflicts_with_all = ["paths", "check", "diff"])]
    pub stdin: bool,
}

/// Translate a prompt collection of somebody else's into a project, and list what cannot be translated
#[derive(ClapArgs)]
#[command(
    after_help = "Examples:\n  flanc import promptsource ~/promptsource --out imported/promptsource\n  flanc import flan ~/FLAN --out imported/flan"
)]
pub struct Import {
    /// What the collection is written as
    #[arg(value_enum, value_name = "COLLECTION")]
    pub collection: Collection,
    /// The clone of its repository, a folder below it, or one of its files
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
    /// The directory of the new project
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Write into a directory that has something in it; files of the same names are replaced
    #[arg(long)]
    pub force: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Collection {
    /// YAML files with templates in Jinja
    Promptsource,
    /// Tables of format strings in Python
    Flan,
}

/// Read the sources of datasets and count their rows by split
#[derive(ClapArgs)]
pub struct Count {
    #[command(flatten)]
    pub selecting: Selecting,
    #[command(flatten)]
    pub from: From,
}

/// Show rows of datasets through their templates
#[derive(ClapArgs)]
#[command(
    mut_arg("selection", |arg| arg.required(true)),
    mut_group("FrameArgs", |group| group.requires("tokenizer")),
    after_help = "Examples:\n  flanc show rte\n  flanc show rte/two_friends --rows 5\n  flanc show state:modified"
)]
pub struct Show {
    #[command(flatten)]
    pub selecting: Selecting,
    /// Only this template
    #[arg(long, value_name = "NAME")]
    pub template: Option<String>,
    /// How many rows of each dataset
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub rows: usize,
    /// The source split they are taken from
    #[arg(long, value_name = "SPLIT", default_value = "train")]
    pub split: String,
    /// Draw the tokens and which of them have a loss; needs --tokenizer
    #[arg(long, requires = "tokenizer")]
    pub tokens: bool,
    #[command(flatten)]
    pub tokenizer: TokenizerArgs,
    #[command(flatten)]
    pub frame: FrameArgs,
    #[command(flatten)]
    pub from: From,
}

/// Compare two built directories: which examples came, went and changed, and why
#[derive(ClapArgs)]
#[command(
    after_help = "Examples:\n  flanc diff build/before build/flan\n  flanc diff build/before build/flan cluster:nli --examples 5"
)]
pub struct Diff {
    /// The directory that was built before
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The directory it is compared with
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// Only examples of these, such as `cluster:nli`, `rte/two_friends` or `split:train`
    #[arg(value_name = "SELECTION")]
    pub selection: Vec<String>,
    /// How many examples are shown of each cause
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub examples: usize,
}

/// Measure a built directory: shares, lengths, label balance, roles, repeated inputs
#[derive(ClapArgs)]
#[command(
    after_help = "Examples:\n  flanc stats build/flan\n  flanc stats build/flan cluster:nli,split:test --by template\n  flanc stats build/flan --html stats.html"
)]
pub struct Stats {
    /// The built directory
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// Only examples of these, such as `cluster:nli`, `role:turned` or `split:test`
    #[arg(value_name = "SELECTION")]
    pub selection: Vec<String>,
    /// The tables to print: what examples are grouped by
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',', default_values_t = [By::Split, By::Cluster, By::Dataset, By::Role, By::Label])]
    pub by: Vec<By>,
    /// Write one page with plots, which needs nothing beside it
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// What the tables of `stats` group examples by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    Split,
    Cluster,
    Dataset,
    Template,
    Role,
    Label,
}
