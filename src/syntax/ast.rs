//! The tree of one file. Names are unresolved, numbers and words are checked only for their form.

use crate::diagnostic::Span;

/// Something with the place where it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct At<T> {
    pub value: T,
    pub span: Span,
}

/// A bare or quoted name, or a quoted string.
pub type Word = At<String>;
pub type Number = At<f64>;

/// A template text: a string with its escapes resolved, or a `"""` block without its margin.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    pub value: String,
    pub span: Span,
    /// Where the bytes of `value` come from: pairs (offset in `value`, offset in the file), ascending.
    pub map: Vec<(usize, usize)>,
    /// The last line holds only tags: the newline before it ends the text, and is taken off what it renders.
    pub ends_in_tag: bool,
}

impl Text {
    /// The place in the file of a byte range of `value`.
    pub fn place(&self, start: usize, end: usize) -> Span {
        let at = |offset: usize| {
            let piece = self.map.partition_point(|(from, _)| *from <= offset);
            piece.checked_sub(1).map_or(self.span.start, |i| {
                let (from, to) = self.map[i];
                to + (offset - from)
            })
        };
        // Whole characters, and at the end of the text its last one.
        let start = self
            .value
            .floor_char_boundary(start.min(self.value.len().saturating_sub(1)));
        let end = self.value.ceil_char_boundary(end.max(start + 1));
        let last = self.value.floor_char_boundary(end.saturating_sub(1));
        let (start, end) = (at(start), at(last) + (end - last));
        Span {
            file: self.span.file,
            start: start.min(self.span.end),
            end: end.clamp(start, self.span.end.max(start)),
        }
    }
}

#[derive(Clone, Debug)]
pub enum Item {
    Cluster(Cluster),
    Dataset(Dataset),
    Templates(Templates),
    Mixture(Mixture),
    /// Something that could not be read, but for its name; the mistake is reported.
    Broken(Declares, Word),
}

/// The kinds of names that items declare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declares {
    Cluster,
    Dataset,
    Templates,
    Mixture,
}

#[derive(Clone, Debug)]
pub struct Cluster {
    pub name: Word,
    pub title: Option<Word>,
    pub overlaps: Vec<Word>,
}

#[derive(Clone, Debug)]
pub struct Dataset {
    pub name: Word,
    pub clusters: Vec<Word>,
    pub statements: Vec<DatasetStatement>,
    /// One of its statements could not be read, and may have been a field.
    pub broken: bool,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum DatasetStatement {
    Title(Word),
    License(Word, Option<Word>),
    Cite(Word),
    Language(Vec<Word>),
    Family(Word),
    Task(Word),
    Published(Number),
    Metric(Vec<Word>),
    Stop(Vec<Word>),
    Field(Field),
    Key(Vec<Word>),
    Group(Vec<Word>),
    Drop(Drop),
    /// How many rows, or with `true` how many in a hundred.
    Quarantine(Number, bool),
    Answer(Several, Word),
    Offer(Word),
    Reserve(Number, Option<Word>),
    TrainOn(Vec<Word>),
    EvaluateOn(Vec<Word>),
    Source(Source),
    Note(Text),
}

/// How many of an answer field's values are right: the one, any of a list, or one example for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Several {
    One,
    Any,
    Each,
}

#[derive(Clone, Debug)]
pub struct Field {
    pub name: Word,
    pub kind: Kind,
    pub kind_span: Span,
    pub nullable: bool,
    pub column: Option<Word>,
    pub empty_is_text: bool,
    pub says: Vec<Says>,
    pub clean: Vec<Step>,
}

#[derive(Clone, Debug)]
pub enum Kind {
    /// `text`, `number`, `bool` or `list`; anything else is a mistake the catalog reports.
    Plain(Word),
    Choice(Vec<Label>),
    Index {
        from: Option<Number>,
        of: OneOrList,
        keyed: Option<OneOrList>,
    },
}

/// A label of a choice and the values that stand for it in the source; none: its own name.
#[derive(Clone, Debug)]
pub struct Label {
    pub name: Word,
    pub codes: Vec<Word>,
}

/// One list field, or several fields (or words) in brackets.
#[derive(Clone, Debug)]
pub enum OneOrList {
    One(Word),
    List(Vec<Word>),
}

/// A set of verbalizers: one text a label, in the order of the labels.
#[derive(Clone, Debug)]
pub struct Says {
    pub name: Option<Word>,
    pub texts: Vec<Word>,
    pub span: Span,
}

/// One step of a clean-up: a name and its arguments.
#[derive(Clone, Debug)]
pub struct Step {
    pub name: Word,
    pub arguments: Vec<Word>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Drop {
    pub reason: Word,
    pub splits: Vec<Word>,
    pub when: Condition,
}

/// An expression of the template language, to the end of its line.
#[derive(Clone, Debug)]
pub struct Condition {
    pub text: Word,
    /// The comment that ends it, from its `//` on: that is an operator, too, and may have been meant as one.
    pub comment: Option<Word>,
}

#[derive(Clone, Debug)]
pub struct Source {
    pub name: Word,
    pub ordered: bool,
    pub absent: Option<Word>,
    pub select: Option<Text>,
    pub splits: Vec<Split>,
}

#[derive(Clone, Debug)]
pub struct Split {
    pub name: Word,
    pub absent: Option<Word>,
    pub select: Option<Text>,
    pub tables: Vec<Table>,
    /// One of its statements could not be read.
    pub broken: bool,
}

#[derive(Clone, Debug)]
pub struct Table {
    pub name: Word,
    pub format: Word,
    pub paths: Vec<Word>,
    pub options: Vec<TableOption>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum TableOption {
    Columns(Vec<Column>),
    Each(Word),
    Match { pattern: Word, skip_others: bool },
    Encoding(Word),
    Delimiter(Word),
    Headerless(Span),
    Ragged(Span),
    OfLines(Number),
    Skip(Number),
}

/// A column and where it is found: by its own name, by another, or by position.
#[derive(Clone, Debug)]
pub struct Column {
    pub name: Word,
    pub path: Option<Word>,
    pub position: Option<Number>,
}

#[derive(Clone, Debug)]
pub struct Templates {
    pub name: Word,
    pub datasets: Vec<Word>,
    pub author: Option<Word>,
    pub templates: Vec<Template>,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// From the input of the task to its answer.
    Forward,
    /// The same task the other way round, as in the other direction of a translation.
    Reverse,
    /// Turned around: from the answer, or nothing, to something of the input.
    Turned,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Forward, Self::Reverse, Self::Turned];

    /// How it is written, in selectors and in what flanc writes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Reverse => "reverse",
            Self::Turned => "turned",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Template {
    pub role: Role,
    pub name: Word,
    pub was: Vec<Word>,
    pub tickets: Option<Number>,
    pub says: Option<Word>,
    pub options_hidden: Option<At<bool>>,
    pub when: Option<Condition>,
    pub system: Option<Text>,
    pub input: Option<Text>,
    pub target: Option<Text>,
    pub author: Option<Word>,
    pub note: Option<Text>,
    /// One of its statements could not be read.
    pub broken: bool,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Mixture {
    pub name: Word,
    pub extends: Option<Word>,
    pub statements: Vec<MixtureStatement>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum MixtureStatement {
    Title(Word),
    Note(Text),
    Include(Vec<Selector>),
    Exclude(Vec<Selector>),
    HoldOut(Vec<Word>),
    Cap(Option<Number>),
    Rates {
        inner: Scheme,
        over_clusters: Option<Scheme>,
    },
    Size(Number, SizeUnit),
    WithoutReplacement,
    Passes(Number),
    Choose(Choose),
    Options(OptionsOrder),
    Instruct(Style),
    Shots(Shots),
    Seed(Number),
    TestAtMost(Number),
    ExemplarsAtMost(Number),
    TemplatesAtMost(Number),
    Profile(Word),
}

#[derive(Clone, Debug)]
pub struct Selector {
    pub kind: Option<String>,
    pub name: Word,
}

#[derive(Clone, Debug)]
pub enum Scheme {
    Proportional {
        maximum: Option<Number>,
    },
    Temperature {
        temperature: Number,
        maximum: Option<Number>,
    },
    Equal,
    Fixed(Vec<(Word, Number)>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizeUnit {
    Examples,
    Epochs,
}

#[derive(Clone, Debug)]
pub enum Choose {
    Draw,
    RoundRobin(Word),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OptionsOrder {
    InOrder,
    Shuffled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    Template,
    None,
    DatasetName,
}

#[derive(Clone, Debug)]
pub struct Shots {
    pub count: Number,
    pub budget: Option<(Number, BudgetUnit)>,
    /// What counts where no tokenizer is given.
    pub otherwise: Option<(Number, BudgetUnit)>,
    pub shot: Option<Text>,
    pub between: Option<Text>,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BudgetUnit {
    Words,
    Bytes,
    Tokens,
}
