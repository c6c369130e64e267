//! What is said once: of two that say the same thing, one would be lost in silence.

use std::collections::BTreeMap;

use pest::iterators::Pair;

use super::parse::{Rule, Walk};
use crate::diagnostic::{Diagnostic, Span};

/// Reports what is said a second time, in an item and in all that stands in it.
pub(super) fn check(walk: &mut Walk, pair: &Pair<'_, Rule>) {
    let within = pair.as_rule();
    let mut first: BTreeMap<String, Span> = BTreeMap::new();
    for inner in pair.clone().into_inner() {
        check(walk, &inner);
        let Some(words) = single(within, inner.as_rule()) else {
            continue;
        };
        let text = inner.as_str();
        let (said, length) = keywords(text, words);
        let span = Span {
            end: walk.span(&inner).start + length,
            ..walk.span(&inner)
        };
        // Both say how often a row is used.
        let what = if inner.as_rule() == Rule::once {
            "passes"
        } else {
            said.as_str()
        };
        if let Some(first) = first.get(what) {
            let message = if what == said {
                format!("`{said}` is said twice")
            } else {
                format!("`{said}` says again what `{what}` says")
            };
            walk.diagnostics.push(
                Diagnostic::error("repeated", span, message)
                    .related(*first, "said here first")
                    .help("only one of them can hold: take the other out"),
            );
        } else {
            first.insert(what.to_string(), span);
        }
    }
}

/// Of how many words the name of a part is that is said at most once where it stands.
fn single(within: Rule, part: Rule) -> Option<usize> {
    let words = match within {
        Rule::cluster => match part {
            Rule::title => 1,
            _ => return None,
        },
        Rule::dataset => match part {
            Rule::title | Rule::license | Rule::cite | Rule::family | Rule::task | Rule::published => 1,
            Rule::key | Rule::group | Rule::quarantine | Rule::answer | Rule::reserve => 1,
            Rule::train_on | Rule::evaluate_on | Rule::offer => 2,
            _ => return None,
        },
        Rule::field => match part {
            Rule::from_column => 1,
            Rule::empty_text => 3,
            _ => return None,
        },
        Rule::source | Rule::split => match part {
            Rule::select | Rule::absent => 1,
            _ => return None,
        },
        Rule::table => match part {
            Rule::columns | Rule::each | Rule::matching | Rule::encoding | Rule::delimiter => 1,
            Rule::headerless | Rule::ragged | Rule::of_lines | Rule::skip => 1,
            _ => return None,
        },
        Rule::templates => match part {
            Rule::author => 1,
            _ => return None,
        },
        Rule::template => match part {
            Rule::tickets | Rule::says_set | Rule::options_mode | Rule::author => 1,
            _ => return None,
        },
        Rule::mixture => match part {
            Rule::title | Rule::cap | Rule::rates | Rule::size | Rule::passes | Rule::choose => 1,
            Rule::order_options | Rule::instruct | Rule::shots | Rule::seed | Rule::at_most | Rule::profile => 1,
            Rule::once => 2,
            _ => return None,
        },
        Rule::shots => match part {
            Rule::shot | Rule::between => 1,
            _ => return None,
        },
        _ => return None,
    };
    Some(words)
}

/// The first words of a text, with one space between them, and how many bytes they take.
fn keywords(text: &str, words: usize) -> (String, usize) {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let (mut said, mut at) = (Vec::new(), 0);
    for _ in 0..words {
        let rest = &text[at..];
        let Some(start) = rest.find(word) else { break };
        let length = rest[start..].find(|c| !word(c)).unwrap_or(rest.len() - start);
        said.push(&rest[start..start + length]);
        at += start + length;
    }
    (said.join(" "), at)
}
