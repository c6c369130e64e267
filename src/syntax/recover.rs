//! What to say about text that no rule could read: which rule its first word names, and where that rule gave up.

use pest::Parser as _;
use pest::error::{Error, ErrorVariant, InputLocation};

use super::parse::{Grammar, Rule};
use crate::diagnostic::{Diagnostic, FileId, Span};
use crate::text;

/// The bodies a statement can stand in, each with its statements by their first word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    Cluster,
    Dataset,
    Source,
    Split,
    Templates,
    Template,
    Mixture,
}

const ITEMS: &[(&str, Rule)] = &[
    ("cluster", Rule::cluster),
    ("dataset", Rule::dataset),
    ("mixture", Rule::mixture),
    ("templates", Rule::templates),
];

impl Context {
    fn noun(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Dataset => "dataset",
            Self::Source => "source",
            Self::Split => "split",
            Self::Templates => "template set",
            Self::Template => "template",
            Self::Mixture => "mixture",
        }
    }

    fn statements(self) -> &'static [(&'static str, Rule)] {
        match self {
            Self::Cluster => &[
                ("note", Rule::note),
                ("overlaps", Rule::overlaps),
                ("title", Rule::title),
            ],
            Self::Dataset => &[
                ("answer", Rule::answer),
                ("cite", Rule::cite),
                ("drop", Rule::drop),
                ("evaluate", Rule::evaluate_on),
                ("family", Rule::family),
                ("field", Rule::field),
                ("group", Rule::group),
                ("key", Rule::key),
                ("language", Rule::language),
                ("license", Rule::license),
                ("metric", Rule::metric),
                ("note", Rule::note),
                ("options", Rule::offer),
                ("published", Rule::published),
                ("reserve", Rule::reserve),
                ("source", Rule::source),
                ("stop", Rule::stop),
                ("title", Rule::title),
                ("train", Rule::train_on),
            ],
            Self::Source => &[
                ("absent", Rule::absent),
                ("note", Rule::note),
                ("select", Rule::select),
                ("test", Rule::split),
                ("train", Rule::split),
                ("validation", Rule::split),
            ],
            Self::Split => &[
                ("absent", Rule::absent),
                ("rows", Rule::table),
                ("select", Rule::select),
            ],
            Self::Templates => &[
                ("author", Rule::author),
                ("note", Rule::note),
                ("reverse", Rule::template),
                ("template", Rule::template),
                ("turned", Rule::template),
            ],
            Self::Template => &[
                ("author", Rule::author),
                ("input", Rule::turn),
                ("note", Rule::note),
                ("system", Rule::turn),
                ("target", Rule::turn),
            ],
            Self::Mixture => &[
                ("cap", Rule::cap),
                ("choose", Rule::choose),
                ("exclude", Rule::exclude),
                ("exemplars", Rule::at_most),
                ("hold_out", Rule::hold_out),
                ("include", Rule::include),
                ("instruct", Rule::instruct),
                ("note", Rule::note),
                ("options", Rule::order_options),
                ("passes", Rule::passes),
                ("profile", Rule::profile),
                ("rates", Rule::rates),
                ("seed", Rule::seed),
                ("shots", Rule::shots),
                ("size", Rule::size),
                ("test", Rule::at_most),
                ("title", Rule::title),
                ("without", Rule::once),
            ],
        }
    }
}

/// Text between items.
pub(super) fn stray(file: FileId, slice: &str, start: usize) -> Diagnostic {
    explain(file, slice, start, ITEMS, "an item")
}

/// Text between the statements of a body.
pub(super) fn bad(file: FileId, context: Context, slice: &str, start: usize) -> Diagnostic {
    explain(
        file,
        slice,
        start,
        context.statements(),
        &format!("a statement of a {}", context.noun()),
    )
}

fn explain(file: FileId, slice: &str, start: usize, known: &[(&str, Rule)], what: &str) -> Diagnostic {
    if let Some(open) = unclosed_block(slice) {
        let span = Span {
            file,
            start: start + open,
            end: start + open + 3,
        };
        return Diagnostic::error("unclosed-block", span, "this block is never closed")
            .help("close it with \"\"\" on a line of its own");
    }
    let word = first_word(slice);
    if let Some((keyword, rule)) = known.iter().find(|(keyword, _)| *keyword == word)
        && let Err(error) = Grammar::parse(*rule, slice)
    {
        return expected(file, slice, start, keyword, &error);
    }
    let words: Vec<&str> = known.iter().map(|(keyword, _)| *keyword).collect();
    let shown = if word.is_empty() {
        slice.chars().next().map_or("", |c| &slice[..c.len_utf8()])
    } else {
        word
    };
    let span = Span {
        file,
        start,
        end: start + shown.len(),
    };
    Diagnostic::error("unknown-statement", span, format!("`{shown}` does not begin {what}"))
        .label(if word.is_empty() {
            "not expected here".to_string()
        } else {
            format!("not {what}")
        })
        .help(format!("expected one of {}", text::list(&words)))
        .suggest(word, words.iter().copied())
}

/// The rule was the right one, and gave up at some place: says what it wanted there.
fn expected(file: FileId, slice: &str, start: usize, keyword: &str, error: &Error<Rule>) -> Diagnostic {
    let at = offset(error);
    let rest = &slice[at.min(slice.len())..];
    if rest.trim().is_empty() {
        let span = Span {
            file,
            start,
            end: start + keyword.len(),
        };
        let label = format!("expected {} before the end", wanted(error));
        return Diagnostic::error("unfinished", span, format!("this `{keyword}` is not finished"))
            .label(label)
            .help("a statement ends with its line, and every `{` needs a `}`".to_string());
    }
    let found = match first_word(rest) {
        "" => rest.chars().next().map_or("", |c| &rest[..c.len_utf8()]),
        word => word,
    };
    let span = Span {
        file,
        start: start + at,
        end: start + at + found.len(),
    };
    let wanted_here = wanted(error);
    let mut diagnostic = Diagnostic::error("syntax", span, format!("`{found}` does not fit into this `{keyword}`"))
        .label(format!("expected {wanted_here}"));
    if let ErrorVariant::ParsingError { positives, .. } = &error.variant {
        let symbols: Vec<String> = positives.iter().map(|rule| symbol(*rule)).collect();
        let bare: Vec<&str> = symbols.iter().map(|s| s.trim_matches('`')).collect();
        diagnostic = diagnostic.suggest(found, bare);
    }
    diagnostic
}

/// Byte offset of a parse error.
pub(super) fn offset(error: &Error<Rule>) -> usize {
    match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    }
}

fn wanted(error: &Error<Rule>) -> String {
    let ErrorVariant::ParsingError { positives, .. } = &error.variant else {
        return "something else".to_string();
    };
    let mut symbols: Vec<String> = positives
        .iter()
        .filter(|rule| **rule != Rule::bad)
        .map(|rule| symbol(*rule))
        .collect();
    symbols.sort();
    symbols.dedup();
    match symbols.as_slice() {
        [] => "`}`".to_string(),
        many if many.len() > 6 => "`}`".to_string(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

/// Keyword rules are named `k_WORD` in the grammar; nothing else is.
pub(super) fn is_keyword(rule: Rule) -> bool {
    format!("{rule:?}").starts_with("k_")
}

/// How a person knows a rule.
fn symbol(rule: Rule) -> String {
    let name = format!("{rule:?}");
    match rule {
        Rule::open => "`{`".to_string(),
        Rule::name | Rule::ident | Rule::names => "a name".to_string(),
        Rule::string => "a \"string\"".to_string(),
        Rule::block | Rule::text => "a \"string\" or a \"\"\"block\"\"\"".to_string(),
        Rule::number => "a number".to_string(),
        Rule::expression => "a condition".to_string(),
        Rule::kind | Rule::plain => "a type".to_string(),
        Rule::EOI => "the end".to_string(),
        Rule::size_unit => "`examples` or `epochs`".to_string(),
        Rule::budget_unit => "`words`, `bytes` or `tokens`".to_string(),
        Rule::options_order => "`in_order` or `shuffled`".to_string(),
        Rule::style => "`template`, `none` or `dataset_name`".to_string(),
        Rule::shown => "`shown` or `hidden`".to_string(),
        Rule::scheme => "`proportional`, `temperature`, `equal` or `fixed`".to_string(),
        _ => format!("`{}`", name.strip_prefix("k_").unwrap_or(&name).replace('_', " ")),
    }
}

fn first_word(slice: &str) -> &str {
    let end = slice
        .find(|c: char| !(c.is_alphanumeric() || c == '_'))
        .unwrap_or(slice.len());
    &slice[..end]
}

/// The offset of a `"""` that nothing closes.
fn unclosed_block(slice: &str) -> Option<usize> {
    let quotes: Vec<usize> = slice.match_indices("\"\"\"").map(|(at, _)| at).collect();
    if quotes.len() % 2 == 1 {
        quotes.last().copied()
    } else {
        None
    }
}
