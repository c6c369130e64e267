//! The only door to pest: the pairs of a file, and the walk over them that makes the tree.

use pest::Parser as _;
use pest::iterators::Pair;

use super::ast::{At, Condition, Item, Number, Text, Word};
use super::{items, literal, mixtures, once, recover};
use crate::diagnostic::{Diagnostic, FileId, Span};

#[derive(pest_derive::Parser)]
#[grammar = "../grammar/flan.pest"]
pub(super) struct Grammar;

/// Reads one file: its items, and what is wrong with its form.
pub fn parse(file: FileId, text: &str) -> (Vec<Item>, Vec<Diagnostic>) {
    let (items, diagnostics, _) = read(file, text);
    (items, diagnostics)
}

/// Reads one file, and returns mistakes of its form apart that the catalog says better.
pub(super) fn read(file: FileId, text: &str) -> (Vec<Item>, Vec<Diagnostic>, Vec<Diagnostic>) {
    let mut walk = Walk {
        file,
        diagnostics: Vec::new(),
        left: Vec::new(),
    };
    let mut parsed = Vec::new();
    if let Some(at) = recover::too_deep(text) {
        let span = Span {
            file,
            start: at,
            end: at + 1,
        };
        let message = "braces are nested too deeply here";
        return (parsed, vec![Diagnostic::error("too-deep", span, message)], Vec::new());
    }
    match Grammar::parse(Rule::file, text) {
        Ok(mut pairs) => {
            let root = pairs.next().expect("one file a parse");
            for pair in root.into_inner() {
                once::check(&mut walk, &pair);
                match pair.as_rule() {
                    Rule::cluster => parsed.push(Item::Cluster(items::cluster(&mut walk, pair))),
                    Rule::dataset => parsed.push(Item::Dataset(items::dataset(&mut walk, pair))),
                    Rule::templates => parsed.push(Item::Templates(items::templates(&mut walk, pair))),
                    Rule::mixture => parsed.push(Item::Mixture(mixtures::mixture(&mut walk, pair))),
                    Rule::stray => {
                        let (slice, start) = (pair.as_str(), pair.as_span().start());
                        walk.diagnostics.push(recover::stray(file, text, slice, start));
                        parsed
                            .extend(recover::declared(file, slice, start).map(|(kind, name)| Item::Broken(kind, name)));
                    }
                    _ => {}
                }
            }
        }
        // The grammar takes any text.
        Err(error) => unreachable!("{error}"),
    }
    (parsed, walk.diagnostics, walk.left)
}

/// What the walk carries: which file it is in, and what it found wrong.
pub(super) struct Walk {
    pub file: FileId,
    pub diagnostics: Vec<Diagnostic>,
    /// Mistakes that the catalog says better.
    left: Vec<Diagnostic>,
}

/// The parts of a pair that mean something: without keywords and braces, which only tell rules apart.
pub(super) fn parts(pair: Pair<'_, Rule>) -> impl Iterator<Item = Pair<'_, Rule>> {
    pair.into_inner()
        .filter(|p| p.as_rule() != Rule::open && !recover::is_keyword(p.as_rule()))
}

impl Walk {
    pub fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        Span {
            file: self.file,
            start: span.start(),
            end: span.end(),
        }
    }

    /// A `name`, an `ident` or a `string`.
    pub fn word(&mut self, pair: Pair<'_, Rule>) -> Word {
        match pair.as_rule() {
            Rule::string => literal::word(pair.as_str(), self.file, pair.as_span().start(), &mut self.diagnostics),
            Rule::name => {
                let inner = pair.into_inner().next().expect("a name is an identifier or a string");
                self.word(inner)
            }
            _ => Word {
                value: pair.as_str().trim_end().to_string(),
                span: self.trimmed(&pair),
            },
        }
    }

    /// The words of a `names` or `list` pair.
    pub fn words(&mut self, pair: Pair<'_, Rule>) -> Vec<Word> {
        pair.into_inner().map(|p| self.word(p)).collect()
    }

    /// An `expression`, with the comment that follows it on its line.
    pub fn condition(&mut self, pair: &Pair<'_, Rule>) -> Condition {
        let end = pair.as_span().end();
        let rest = pair.get_input()[end..].lines().next().unwrap_or_default();
        let comment = rest.starts_with("//").then(|| Word {
            value: rest.trim_end().to_string(),
            span: Span {
                file: self.file,
                start: end,
                end: end + rest.trim_end().len(),
            },
        });
        Condition {
            text: Word {
                value: pair.as_str().trim_end().to_string(),
                span: self.trimmed(pair),
            },
            comment,
        }
    }

    pub fn number(&mut self, pair: &Pair<'_, Rule>) -> Number {
        let digits = pair.as_str().replace('_', "");
        At {
            value: digits.parse().unwrap_or(f64::MAX),
            span: self.span(pair),
        }
    }

    pub fn text(&mut self, pair: Pair<'_, Rule>) -> Text {
        let inner = pair.into_inner().next().expect("a text is a block or a string");
        let (raw, start) = (inner.as_str(), inner.as_span().start());
        match inner.as_rule() {
            Rule::block => literal::block(raw, self.file, start, &mut self.diagnostics),
            _ => literal::string(raw, self.file, start, &mut self.diagnostics),
        }
    }

    /// Explains a statement that no rule of its context could read.
    pub fn bad(&mut self, context: recover::Context, pair: &Pair<'_, Rule>) {
        self.diagnostics.push(recover::bad(
            self.file,
            pair.get_input(),
            context,
            pair.as_str(),
            pair.as_span().start(),
        ));
    }

    /// Braces after a type that has none.
    pub fn braces(&mut self, kind: &str, pair: &Pair<'_, Rule>) {
        let message = format!("a `{kind}` is followed by no braces");
        self.diagnostics.push(
            Diagnostic::error("syntax", self.trimmed(pair), message).help("labels are listed by `choice { yes no }`"),
        );
    }

    /// Braces after an unknown or unfinished type belong to that mistake.
    pub fn left_to_catalog(&mut self, pair: &Pair<'_, Rule>) {
        let message = "these braces belong to no type";
        self.left
            .push(Diagnostic::error("syntax", self.trimmed(pair), message).help("`flanc check` says more"));
    }

    fn trimmed(&self, pair: &Pair<'_, Rule>) -> Span {
        let span = self.span(pair);
        Span {
            end: span.start + pair.as_str().trim_end().len(),
            ..span
        }
    }
}
