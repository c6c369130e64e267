//! The words of a file with what the grammar says of each: what the formatter moves, and may not change.

use std::collections::BTreeMap;

use pest::Parser as _;
use pest::iterators::Pair;

use super::parse::{Grammar, Rule};

/// What begins at a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begins {
    /// A statement, or an item of the file: always on a line of its own where its braces are open.
    Statement,
    /// One of a list in braces: a label, a step, a column, a text.
    Element,
    /// A part of a statement that may stand on a line of its own.
    Clause,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    /// A quoted text, or a condition: it stands as it was written.
    Quoted,
    Block,
    Sign,
    Comment,
}

/// A word of the file.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub text: String,
    pub begins: Option<Begins>,
    /// Line breaks before it: none, one, or more than one.
    pub breaks: usize,
}

impl Token {
    pub fn is(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }
}

/// What the grammar says of places in the file.
#[derive(Default)]
struct Places {
    begins: BTreeMap<usize, Begins>,
    /// Ends of strings, blocks and conditions by their starts; with `true`, a name that may stand without quotes.
    wholes: BTreeMap<usize, (usize, Kind, bool)>,
}

/// The words of a file that the grammar reads without a mistake.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut places = Places::default();
    if let Ok(pairs) = Grammar::parse(Rule::file, text) {
        pairs.for_each(|pair| places.note(pair, None));
    }
    let mut found = Vec::new();
    let (mut at, mut breaks) = (0, 0);
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        if c.is_whitespace() {
            breaks += usize::from(c == '\n');
            at += c.len_utf8();
            continue;
        }
        let (length, kind, bare) = match places.wholes.get(&at) {
            Some((end, kind, bare)) => (end - at, *kind, *bare),
            None if rest.starts_with("//") => (rest.find('\n').unwrap_or(rest.len()), Kind::Comment, false),
            None if word(c) => (rest.find(|c| !word(c)).unwrap_or(rest.len()), Kind::Word, false),
            None => (c.len_utf8(), Kind::Sign, false),
        };
        let mut written = rest[..length].trim_end().to_string();
        if bare {
            written = written.trim_matches('"').to_string();
        }
        found.push(Token {
            kind: if bare { Kind::Word } else { kind },
            text: written,
            begins: places.begins.get(&at).copied(),
            breaks,
        });
        at += length.max(1);
        breaks = 0;
    }
    found
}

/// Characters of bare words and numbers.
fn word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

impl Places {
    fn note(&mut self, pair: Pair<'_, Rule>, outer: Option<Rule>) {
        let rule = pair.as_rule();
        let span = pair.as_span();
        let (start, end) = (span.start(), span.end());
        let begins = match rule {
            Rule::label | Rule::step | Rule::column | Rule::fixed_rate => Some(Begins::Element),
            Rule::string if outer == Some(Rule::says) => Some(Begins::Element),
            Rule::says | Rule::clean | Rule::columns | Rule::from_column | Rule::empty_text | Rule::keyed => {
                Some(Begins::Clause)
            }
            Rule::each | Rule::matching | Rule::encoding | Rule::delimiter | Rule::headerless | Rule::ragged => {
                Some(Begins::Clause)
            }
            Rule::of_lines | Rule::skip | Rule::guard | Rule::was | Rule::says_set | Rule::budget => {
                Some(Begins::Clause)
            }
            rule if statement(rule, outer) => Some(Begins::Statement),
            _ => None,
        };
        if let Some(begins) = begins {
            self.begins.entry(start).or_insert(begins);
        }
        match rule {
            Rule::string => {
                let bare = outer == Some(Rule::name) && may_be_bare(pair.as_str());
                self.wholes.insert(start, (end, Kind::Quoted, bare));
            }
            Rule::block => {
                self.wholes.insert(start, (end, Kind::Block, false));
            }
            Rule::expression => {
                self.wholes.insert(start, (end, Kind::Quoted, false));
            }
            _ => {}
        }
        pair.into_inner().for_each(|inner| self.note(inner, Some(rule)));
    }
}

/// Whether a rule is a statement where it stands.
fn statement(rule: Rule, outer: Option<Rule>) -> bool {
    match outer {
        Some(Rule::file) => rule != Rule::EOI,
        Some(
            Rule::cluster
            | Rule::dataset
            | Rule::source
            | Rule::split
            | Rule::templates
            | Rule::template
            | Rule::mixture,
        ) => {
            !matches!(
                rule,
                Rule::name
                    | Rule::names
                    | Rule::open
                    | Rule::role
                    | Rule::was
                    | Rule::tickets
                    | Rule::says_set
                    | Rule::options_mode
                    | Rule::guard
            ) && !super::recover::is_keyword(rule)
        }
        Some(Rule::shots) => matches!(rule, Rule::shot | Rule::between),
        _ => false,
    }
}

/// Words that mean something where a name may stand.
const WORDS: &[&str] = &["all", "any", "each", "none"];

/// Whether a quoted name can stand without its quotes.
fn may_be_bare(quoted: &str) -> bool {
    let name = &quoted[1..quoted.len() - 1];
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !WORDS.contains(&name)
}
