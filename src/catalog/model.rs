//! What a project means, checked: every name is resolved, and nothing broken is in it.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use crate::diagnostic::Span;
pub use crate::syntax::ast::{BudgetUnit, OptionsOrder, Role, Several, Style, Text};

/// Everything a project declares, by name.
#[derive(Default)]
pub struct Catalog {
    pub clusters: BTreeMap<String, Cluster>,
    pub datasets: BTreeMap<String, Dataset>,
    pub mixtures: BTreeMap<String, Mixture>,
}

pub struct Cluster {
    pub name: String,
    pub title: String,
    /// Symmetric, and not transitive.
    pub overlaps: BTreeSet<String>,
}

pub struct Dataset {
    pub id: String,
    pub title: String,
    pub license: Option<License>,
    pub cite: Option<String>,
    pub languages: Vec<String>,
    /// Datasets cut from one source share a family and never straddle a hold-out.
    pub family: String,
    /// What kind of task it is, where its cluster says too little; else its first cluster.
    pub task: String,
    /// The first is the one it is counted under.
    pub clusters: Vec<String>,
    /// Training rows as published, for the rates of a mixture whose data is not here.
    pub published: Option<u64>,
    pub metrics: Vec<String>,
    pub stop: Vec<String>,
    pub fields: Vec<Field>,
    /// Indices of the fields that say which content a row has.
    pub key: Vec<usize>,
    /// Indices of the fields that keep rows together; empty: the content.
    pub group: Vec<usize>,
    pub drops: Vec<Drop>,
    /// Rows that cannot be read as declared are put aside, so many of them; without it the first is an error.
    pub quarantine: Option<Quarantine>,
    pub answer: Option<Answer>,
    pub reserve: Option<Reserve>,
    /// Source splits that are trained on, and that are evaluated.
    pub train_on: Vec<String>,
    pub evaluate_on: Vec<String>,
    pub sources: BTreeMap<String, Source>,
    /// In the order of their names: the order of a file says nothing.
    pub templates: Vec<Template>,
    pub span: Span,
}

impl Dataset {
    pub fn field(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    pub fn cluster(&self) -> &str {
        &self.clusters[0]
    }

    /// What to say to somebody who asked for a source that there is not: those that there are, and how to name one.
    pub fn only_sources(&self) -> String {
        let names: Vec<&str> = self.sources.keys().map(String::as_str).collect();
        match names.as_slice() {
            [] => "and no other either".to_string(),
            [one] => format!("only `{one}`: `--source {one}`"),
            many => format!("only {}: name one with `--source`", crate::text::list(many)),
        }
    }
}

pub struct License {
    pub name: String,
    /// Where the license is stated.
    pub from: Option<String>,
}

pub struct Field {
    pub name: String,
    pub kind: FieldKind,
    pub nullable: bool,
    /// The column of the source it is read from, where that has another name.
    pub column: Option<String>,
    /// An empty cell is the empty text, not null.
    pub empty_is_text: bool,
    /// Verbalizer sets by name, the first being the one in use unless a template says otherwise.
    pub says: Vec<(String, Vec<String>)>,
    pub clean: Vec<Clean>,
    pub span: Span,
}

impl Field {
    /// The column of the source that holds this field.
    pub fn source_column(&self) -> &str {
        self.column.as_deref().unwrap_or(&self.name)
    }
}

pub enum FieldKind {
    Text,
    Number,
    Bool,
    List,
    Choice(Vec<Label>),
    /// Which of several texts is right, counted from `from`, or by a key of its own.
    Index {
        from: i64,
        of: IndexOf,
        keyed: Option<Keyed>,
    },
}

pub struct Label {
    pub name: String,
    /// What stands for it in the source; never empty.
    pub codes: Vec<String>,
}

pub enum IndexOf {
    Fields(Vec<usize>),
    List(usize),
}

pub enum Keyed {
    Words(Vec<String>),
    List(usize),
}

/// One step of a clean-up, applied in order to a value before its type is read.
pub enum Clean {
    Trim,
    /// Runs of white space become one space.
    Collapse,
    Lower,
    /// The first group of every match, or the match where there is no group; without a pattern everything.
    Upper(Option<Regex>),
    Replace(String, String),
    Rewrite(Regex, String),
    /// HTML entities become the characters they stand for.
    Unescape,
    /// What stands before (after) the first occurrence of a marker; all of it where there is none.
    Before(String),
    After(String),
    /// To the nearest whole number, halves away from zero.
    Round,
    /// Into a list, at a separator.
    Split(String),
}

pub struct Drop {
    pub reason: String,
    /// The source splits it applies to; empty: all.
    pub splits: Vec<String>,
    pub when: String,
    pub span: Span,
}

/// How many rows of a split may be put aside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quarantine {
    Rows(u64),
    /// Of a hundred rows that are read.
    Percent(f64),
}

impl Quarantine {
    /// Whether `aside` of `read` rows are not too many.
    pub fn allows(self, aside: u64, read: u64) -> bool {
        match self {
            Self::Rows(most) => aside <= most,
            Self::Percent(most) => aside as f64 * 100.0 <= most * read as f64,
        }
    }
}

impl std::fmt::Display for Quarantine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rows(most) => write!(f, "{most}"),
            Self::Percent(most) => write!(f, "{most} %"),
        }
    }
}

pub struct Answer {
    pub field: usize,
    pub several: Several,
    /// A list field whose values are the options, for answers that are not an index.
    pub options: Option<usize>,
}

/// Rows set aside for validation: how many, and from which source split.
pub struct Reserve {
    pub rows: u64,
    pub split: Option<String>,
}

pub struct Source {
    pub name: String,
    /// The order of its rows means something, as `profile repo` needs.
    pub ordered: bool,
    /// Why it can no longer be had.
    pub absent: Option<String>,
    pub splits: BTreeMap<String, Split>,
}

pub struct Split {
    pub absent: Option<String>,
    pub select: Option<Text>,
    pub tables: Vec<Table>,
}

/// One table of a source: how its files are read.
#[derive(Clone)]
pub struct Table {
    pub name: String,
    pub format: Format,
    /// Relative to the data directory; `*`, `**`, `?` and `{name}` match as in docs/language.md.
    pub paths: Vec<String>,
    pub columns: Vec<Column>,
    pub each: Option<String>,
    pub matching: Option<Matching>,
    pub encoding: Encoding,
    pub delimiter: Option<u8>,
    pub headerless: bool,
    pub ragged: bool,
    /// Lines a record, for `records`.
    pub lines: usize,
    /// Lines (or records) left out at the head of every file.
    pub skip: usize,
    pub span: Span,
}

impl Table {
    /// A table of some files, read as its format is read without any option.
    pub fn new(name: &str, format: Format, paths: Vec<String>, span: Span) -> Self {
        Self {
            name: name.to_string(),
            format,
            paths,
            columns: Vec::new(),
            each: None,
            matching: None,
            encoding: Encoding::Utf8,
            delimiter: None,
            headerless: false,
            ragged: false,
            lines: 0,
            skip: 0,
            span,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    Tsv,
    Jsonl,
    Json,
    Xml,
    Lines,
    Records,
    Sections,
    Files,
    Parquet,
    Arrow,
}

impl Format {
    pub const ALL: &[(&str, Format)] = &[
        ("arrow", Format::Arrow),
        ("csv", Format::Csv),
        ("files", Format::Files),
        ("json", Format::Json),
        ("jsonl", Format::Jsonl),
        ("lines", Format::Lines),
        ("parquet", Format::Parquet),
        ("records", Format::Records),
        ("sections", Format::Sections),
        ("tsv", Format::Tsv),
        ("xml", Format::Xml),
    ];
}

/// A column of a table and where it is found in the file.
#[derive(Clone)]
pub struct Column {
    pub name: String,
    pub place: ColumnPlace,
}

#[derive(Clone)]
pub enum ColumnPlace {
    /// By its own name, or in the order of the columns where the file names none.
    Own,
    /// By the name or path the file has for it.
    Path(String),
    /// By position from 1, or from -1 at the end.
    Position(i64),
}

#[derive(Clone)]
pub struct Matching {
    pub pattern: Regex,
    /// Lines that do not match are left out; otherwise they are an error.
    pub skip_others: bool,
}

/// How bytes become text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// A byte order mark is taken off.
    Utf8,
    /// ISO-8859-1: every byte is the character of its number.
    Latin1,
    /// Any other encoding of the WHATWG standard.
    Named(&'static encoding_rs::Encoding),
}

pub struct Template {
    pub set: String,
    pub name: String,
    /// The name that draws go by: its first one.
    pub identity: String,
    pub role: Role,
    pub tickets: u32,
    /// Index into the answer field's verbalizer sets.
    pub says: usize,
    /// Whether the input prints the options.
    pub options_shown: bool,
    /// Whether it says so itself, with `options shown` or `options hidden`.
    pub options_said: bool,
    pub when: Option<String>,
    pub system: Option<Text>,
    pub input: Text,
    pub target: Text,
    pub author: Option<String>,
    pub note: Option<String>,
    /// Its place in its set, which only `profile repo` goes by.
    pub position: usize,
    pub span: Span,
}

/// A mixture with everything it extends folded in.
#[derive(Clone)]
pub struct Mixture {
    pub name: String,
    pub title: String,
    pub include: Vec<Selector>,
    pub exclude: Vec<Selector>,
    /// Clusters, families or datasets.
    pub hold_out: Vec<String>,
    pub cap: Option<u64>,
    pub rates: Scheme,
    /// Rates of the clusters, inside each of which `rates` divides what it gets.
    pub over_clusters: Option<Scheme>,
    pub size: Size,
    /// How often a row may be used; 1 is without replacement.
    pub passes: Option<u64>,
    /// The field whose value picks the template, instead of a draw.
    pub round_robin: Option<String>,
    pub options: OptionsOrder,
    pub instruct: Style,
    pub shots: Option<Shots>,
    pub seed: u64,
    pub test_at_most: u64,
    pub exemplars_at_most: u64,
    /// How many templates of a dataset training rows may go through.
    pub templates_at_most: Option<u64>,
    pub profile: Profile,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Selector {
    All,
    Cluster(String),
    Dataset(String),
    Family(String),
    Task(String),
    Language(String),
    License(String),
    Role(Role),
    /// A template by name, or by `set/name`.
    Template(String),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Scheme {
    /// min(rows, maximum).
    Proportional {
        maximum: Option<u64>,
    },
    /// min(rows, maximum)^(1/temperature), as in T5.
    Temperature {
        temperature: f64,
        maximum: Option<u64>,
    },
    Equal,
    Fixed(BTreeMap<String, f64>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Size {
    Examples(u64),
    /// One epoch is the sum of the rates.
    Epochs(f64),
}

#[derive(Clone)]
pub struct Shots {
    pub count: usize,
    pub budget: Option<(u64, BudgetUnit)>,
    /// The budget in words or bytes that counts where no tokenizer is given.
    pub otherwise: Option<(u64, BudgetUnit)>,
    pub shot: Text,
    pub between: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// Every choice by digest; what is tested or set aside is not trained on, and neither are copies of it.
    Fixed,
    /// The same draws with the habits that the paper describes.
    Paper,
    /// The positional habits of the released FLAN code.
    Repo,
}
