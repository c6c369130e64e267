//! What to say about text that no rule could read: which rule its first word names, and where that rule gave up.

use pest::Parser as _;
use pest::error::{Error, ErrorVariant, InputLocation};

use super::ast::{Declares, Word};
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
                ("task", Rule::task),
                ("field", Rule::field),
                ("group", Rule::group),
                ("key", Rule::key),
                ("language", Rule::language),
                ("license", Rule::license),
                ("metric", Rule::metric),
                ("note", Rule::note),
                ("options", Rule::offer),
                ("published", Rule::published),
                ("quarantine", Rule::quarantine),
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
                ("templates", Rule::at_most),
                ("test", Rule::at_most),
                ("title", Rule::title),
                ("without", Rule::once),
            ],
        }
    }
}

/// Words that go on with a statement, with the statement they belong to: they begin none, but are known.
const PARTS: &[(Context, &str, Rule, &str)] = &[
    (Context::Dataset, "clean", Rule::clean, "field"),
    (Context::Dataset, "empty", Rule::empty_text, "field"),
    (Context::Dataset, "from", Rule::from_column, "field"),
    (Context::Dataset, "says", Rule::says, "field"),
    (Context::Source, "ordered", Rule::k_ordered, "source"),
    (Context::Split, "columns", Rule::columns, "table"),
    (Context::Split, "delimiter", Rule::delimiter, "table"),
    (Context::Split, "each", Rule::each, "table"),
    (Context::Split, "encoding", Rule::encoding, "table"),
    (Context::Split, "headerless", Rule::headerless, "table"),
    (Context::Split, "match", Rule::matching, "table"),
    (Context::Split, "ragged", Rule::ragged, "table"),
    (Context::Split, "skip", Rule::skip, "table"),
    (Context::Template, "options", Rule::options_mode, "template"),
    (Context::Template, "says", Rule::says_set, "template"),
    (Context::Template, "tickets", Rule::tickets, "template"),
    (Context::Template, "was", Rule::was, "template"),
    (Context::Template, "when", Rule::guard, "template"),
    (Context::Mixture, "between", Rule::between, "shots"),
    (Context::Mixture, "budget", Rule::budget, "shots"),
    (Context::Mixture, "maximum", Rule::maximum, "rates"),
    (Context::Mixture, "over", Rule::over, "rates"),
    (Context::Mixture, "shot", Rule::shot, "shots"),
];

/// Text between items.
pub(super) fn stray(file: FileId, text: &str, slice: &str, start: usize) -> Diagnostic {
    Slice {
        file,
        text,
        slice,
        start,
    }
    .explain(ITEMS, &[], "a project")
}

/// Text between the statements of a body.
pub(super) fn bad(file: FileId, text: &str, context: Context, slice: &str, start: usize) -> Diagnostic {
    let parts: Vec<_> = PARTS
        .iter()
        .filter(|(of, ..)| *of == context)
        .map(|(_, word, rule, owner)| (*word, *rule, *owner))
        .collect();
    let what = format!("a {}", context.noun());
    Slice {
        file,
        text,
        slice,
        start,
    }
    .explain(context.statements(), &parts, &what)
}

/// What an item that could not be read declares: its name is known, so that those who use it are not wrong too.
pub(super) fn declared(file: FileId, slice: &str, start: usize) -> Option<(Declares, Word)> {
    let typed = first_word(slice);
    let keyword = match ITEMS.iter().find(|(keyword, _)| *keyword == typed) {
        Some((keyword, _)) => *keyword,
        None => text::suggest(typed, ITEMS.iter().map(|(keyword, _)| *keyword))?,
    };
    let kind = match keyword {
        "cluster" => Declares::Cluster,
        "dataset" => Declares::Dataset,
        "templates" => Declares::Templates,
        _ => Declares::Mixture,
    };
    let rest = slice[typed.len()..].trim_start();
    let name = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split(['"', '\n']).next()?,
        None => first_word(rest),
    };
    let at = start + slice.len() - rest.len() + usize::from(rest.starts_with('"'));
    let span = Span {
        file,
        start: at,
        end: at + name.len(),
    };
    (!name.is_empty()).then(|| {
        let value = name.to_string();
        (kind, Word { value, span })
    })
}

/// Whether a statement of a dataset that could not be read may have declared a field.
pub(super) fn may_be_field(slice: &str) -> bool {
    let word = first_word(slice);
    let known = Context::Dataset.statements().iter().map(|(keyword, _)| *keyword);
    let meant = known
        .clone()
        .find(|keyword| *keyword == word)
        .or_else(|| text::suggest(word, known));
    meant == Some("field")
}

/// Text that no rule could read, and where it stands.
struct Slice<'a> {
    file: FileId,
    /// The whole file.
    text: &'a str,
    slice: &'a str,
    start: usize,
}

impl Slice<'_> {
    fn span(&self, from: usize, length: usize) -> Span {
        Span {
            file: self.file,
            start: self.start + from,
            end: self.start + from + length,
        }
    }

    fn explain(&self, known: &[(&str, Rule)], parts: &[(&str, Rule, &str)], what: &str) -> Diagnostic {
        if let Some(open) = unclosed_block(self.slice) {
            return Diagnostic::error("unclosed-block", self.span(open, 3), "this block is never closed")
                .help("close it with \"\"\" on a line of its own");
        }
        let word = first_word(self.slice);
        let rules = known.iter().map(|(keyword, rule)| (*keyword, *rule));
        let of_parts = parts.iter().map(|(keyword, rule, _)| (*keyword, *rule));
        let rule = rules.chain(of_parts).find(|(keyword, _)| *keyword == word);
        if let Some((keyword, rule)) = rule
            && let Err(error) = Grammar::parse(rule, self.slice)
        {
            return self.expected(keyword, &error);
        }
        if word.is_empty() {
            return self.symbol(0, what);
        }
        let diagnostic = Diagnostic::error(
            "unknown-statement",
            self.span(0, word.len()),
            format!("nothing in {what} begins with `{word}`"),
        );
        if let Some((_, _, owner)) = parts.iter().find(|(keyword, ..)| *keyword == word) {
            return diagnostic.help(format!("it belongs to a `{owner}`, in front of what ends it"));
        }
        let words: Vec<&str> = known.iter().map(|(keyword, _)| *keyword).collect();
        diagnostic
            .help(format!("expected one of {}", text::list(&words)))
            .suggest(
                word,
                words.iter().copied().chain(parts.iter().map(|(keyword, ..)| *keyword)),
            )
    }

    /// A character that no statement begins with.
    fn symbol(&self, at: usize, what: &str) -> Diagnostic {
        let (found, length) = self.found(at);
        let span = self.span(at, length);
        if found == "`}`" {
            return Diagnostic::error("unmatched-brace", span, "this `}` closes nothing")
                .help("there is a `}` too many, or a `{` too few, somewhere above");
        }
        let diagnostic = Diagnostic::error(
            "unknown-statement",
            span,
            format!("nothing in {what} begins with {found}"),
        );
        match self.hint(at) {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }

    /// The rule was the right one, and gave up at some place: says what it wanted there.
    fn expected(&self, keyword: &str, error: &Error<Rule>) -> Diagnostic {
        let at = offset(error).min(self.slice.len());
        let wanted = wanted(error);
        if self.slice[at..].trim().is_empty() {
            let span = self.span(0, keyword.len());
            if wanted == "`}`" {
                return Diagnostic::error(
                    "unclosed-brace",
                    span,
                    format!("the `{{` of this `{keyword}` is never closed"),
                )
                .help("every `{` needs a `}`");
            }
            let unfinished = Diagnostic::error("unfinished", span, format!("this `{keyword}` is not finished"))
                .label(format!("expected {wanted} after it"));
            let last = self.slice.trim_end().lines().next_back().unwrap_or_default();
            let hidden = last.split_once("//").is_some_and(|(_, comment)| comment.contains('{'));
            return match wanted.as_str() {
                "`{`" if hidden => unfinished.help("`//` begins a comment, which hides the rest of its line"),
                _ => unfinished,
            };
        }
        let (found, length) = self.found(at);
        let span = self.span(at, length);
        if found == "`\"`" {
            return Diagnostic::error("unclosed-string", span, "this string is not closed on its line")
                .help("close it with a quote; a text of several lines is a \"\"\"block\"\"\"");
        }
        let mut diagnostic = Diagnostic::error("syntax", span, format!("{found} does not fit into this `{keyword}`"))
            .label(format!("expected {wanted}"));
        if let Some(help) = self.hint(at) {
            return diagnostic.help(help);
        }
        if let ErrorVariant::ParsingError { positives, .. } = &error.variant {
            let symbols: Vec<String> = positives.iter().map(|rule| symbol(*rule)).collect();
            let bare = symbols.iter().flat_map(|s| s.split('`').skip(1).step_by(2));
            diagnostic = diagnostic.suggest(found.trim_matches('`'), bare);
        }
        diagnostic
    }

    /// What stands at a place, in words, and how many bytes it has: a word, a string, or a character.
    fn found(&self, at: usize) -> (String, usize) {
        let rest = &self.slice[at..];
        if let Some(length) = string_length(rest) {
            return ("this string".to_string(), length);
        }
        let found = match first_word(rest) {
            // A mark that editors put before a text, or a sign of which nothing is seen.
            "" if rest.starts_with(unseen) => {
                let c = rest.chars().next().unwrap_or_default();
                return (format!("U+{:04X} (which nobody sees)", c as u32), c.len_utf8());
            }
            "" => rest.chars().next().map_or("", |c| &rest[..c.len_utf8()]),
            word => word,
        };
        (format!("`{found}`"), found.len())
    }

    /// What a person meant who used a character that the language has no use for.
    fn hint(&self, at: usize) -> Option<&'static str> {
        let after_name = self.text[..self.start + at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        match self.slice[at..].chars().next()? {
            '\u{feff}' => Some("save the file as UTF-8 without a byte order mark"),
            c if unseen(c) => Some("take it out, or write a plain space"),
            c if after_name && !c.is_whitespace() && !"{}[],;:=?\"".contains(c) => {
                Some("a name with other characters than letters, digits and `_` is written in quotes: \"en-US\"")
            }
            '\'' => Some("strings stand in double quotes"),
            '#' => Some("a comment begins with `//`"),
            ';' => Some("statements need nothing between them"),
            _ => None,
        }
    }
}

/// Signs that look like a space or like nothing.
fn unseen(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && !c.is_ascii())
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// Levels of braces that a text may have; the language needs four.
const DEEPEST: usize = 64;

/// The first brace that stands deeper than the parser, which recurses, would follow.
pub(super) fn too_deep(text: &str) -> Option<usize> {
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        at += match rest.as_bytes() {
            [b'"', b'"', b'"', ..] => rest[3..].find("\"\"\"").map_or(3, |end| end + 6),
            [b'"', ..] => string_length(rest).unwrap_or(1),
            [b'/', b'/', ..] => rest.find('\n').unwrap_or(rest.len()),
            [b'{', ..] if depth == DEEPEST => return Some(at),
            [b'{', ..] => {
                depth += 1;
                1
            }
            [b'}', ..] => {
                depth = depth.saturating_sub(1);
                1
            }
            _ => rest.chars().next().map_or(1, char::len_utf8),
        };
    }
    None
}

/// The bytes of a string at the start of a text, when it is closed on its line.
fn string_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.strip_prefix('"')?.char_indices() {
        match c {
            '\n' => return None,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 2),
            _ => {}
        }
    }
    None
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
        Rule::format => "a format such as `csv`".to_string(),
        Rule::list => "a list in `[` and `]`".to_string(),
        Rule::label => "a label".to_string(),
        Rule::step => "a clean-up".to_string(),
        Rule::selector | Rule::selector_kind => {
            "`all`, or a kind such as `cluster` or `dataset` and its name".to_string()
        }
        Rule::round_robin => "`round_robin`".to_string(),
        Rule::split => "a split such as `train`".to_string(),
        _ => format!("`{}`", name.strip_prefix("k_").unwrap_or(&name)),
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
