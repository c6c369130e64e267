//! The words of a selection: `[not:][KIND:]PATTERN`, joined by commas where all of them must hold.

use std::collections::BTreeSet;

use anyhow::bail;

use super::subject::{Kind, Subject};
use crate::text;

/// A selection as it was typed: several arguments, each of which adds to it or takes away.
#[derive(Clone, Debug, Default)]
pub struct Select {
    terms: Vec<Term>,
    kinds: &'static [Kind],
}

/// One argument: parts that must all hold.
#[derive(Clone, Debug)]
struct Term {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
struct Part {
    not: bool,
    /// `None`: whatever goes by this name, in the order of [`Kind::BARE`].
    kind: Option<Kind>,
    pattern: String,
}

/// A selection whose words are all right, and which nothing answers to just now: nothing is modified.
#[derive(Debug)]
pub struct Nothing(pub String);

impl Select {
    /// Reads the arguments of a command that can be asked for `kinds`.
    pub fn parse(words: &[String], kinds: &'static [Kind]) -> anyhow::Result<Self> {
        let terms = words.iter().map(|word| {
            let parts = word.split(',').map(|part| part_of(part, word, kinds));
            Ok(Term {
                parts: parts.collect::<anyhow::Result<_>>()?,
            })
        });
        Ok(Self {
            terms: terms.collect::<anyhow::Result<_>>()?,
            kinds,
        })
    }

    /// Whether nothing was said, which selects everything.
    pub fn is_everything(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether a kind is asked for, so that it need not be found out otherwise.
    pub fn asks_for(&self, kind: Kind) -> bool {
        self.parts().any(|part| part.kind == Some(kind))
    }

    /// Which of some subjects are selected, in their order. A name that nothing goes by is an error, and so is a
    /// selection that leaves nothing; only what depends on the state may come to [`Nothing`].
    pub fn choose(&self, subjects: &[Subject]) -> anyhow::Result<Result<Vec<bool>, Nothing>> {
        let mut resolved = Vec::new();
        for term in &self.terms {
            let parts: Vec<(bool, Kind, &str)> = term
                .parts
                .iter()
                .map(|part| Ok((part.not, self.resolve(part, subjects)?, part.pattern.as_str())))
                .collect::<anyhow::Result<_>>()?;
            resolved.push(parts);
        }
        // A single `not` takes away; everything else adds.
        let (away, adds): (Vec<_>, Vec<_>) = resolved
            .iter()
            .partition(|parts| matches!(parts.as_slice(), [(true, ..)]));
        let chosen: Vec<bool> = subjects
            .iter()
            .map(|subject| {
                let is = |(not, kind, pattern): &(bool, Kind, &str)| goes_by(subject, *kind, pattern) != *not;
                let added = adds.is_empty() || adds.iter().any(|parts| parts.iter().all(is));
                added && away.iter().all(|parts| parts.iter().all(is))
            })
            .collect();
        if chosen.contains(&true) || self.is_everything() {
            return Ok(Ok(chosen));
        }
        if self.asks_for(Kind::State) {
            return Ok(Err(Nothing(format!("nothing is selected by {}", self.said()))));
        }
        bail!("nothing is selected by {}, though every name in it exists", self.said())
    }

    fn parts(&self) -> impl Iterator<Item = &Part> {
        self.terms.iter().flat_map(|term| &term.parts)
    }

    fn said(&self) -> String {
        let terms = self.terms.iter().map(|term| {
            let parts = term.parts.iter().map(|part| {
                let not = if part.not { "not:" } else { "" };
                let kind = part.kind.map_or(String::new(), |kind| format!("{}:", kind.name()));
                format!("{not}{kind}{}", part.pattern)
            });
            parts.collect::<Vec<_>>().join(",")
        });
        format!("`{}`", terms.collect::<Vec<_>>().join(" "))
    }

    /// The kind of a part; the first that something goes by, where none was said.
    fn resolve(&self, part: &Part, subjects: &[Subject]) -> anyhow::Result<Kind> {
        let kinds: Vec<Kind> = match part.kind {
            Some(kind) => vec![kind],
            None => Kind::BARE.into_iter().filter(|k| self.kinds.contains(k)).collect(),
        };
        let found = kinds
            .iter()
            .find(|kind| subjects.iter().any(|subject| goes_by(subject, **kind, &part.pattern)));
        if let Some(kind) = found {
            return Ok(*kind);
        }
        if let [kind] = kinds.as_slice()
            && kind.values().contains(&part.pattern.as_str())
        {
            // A word that is right, and that nothing answers to: the whole selection says what that leaves.
            return Ok(*kind);
        }
        let mut names = BTreeSet::new();
        for kind in &kinds {
            names.extend(kind.values().iter().map(|value| (*value).to_string()));
            names.extend(subjects.iter().flat_map(|subject| subject.names(*kind)));
        }
        let said: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
        let said = match said.as_slice() {
            [] => "thing".to_string(),
            [one] => (*one).to_string(),
            [most @ .., last] => format!("{} or {last}", most.join(", ")),
        };
        let verb = match part.kind {
            Some(Kind::Language | Kind::License | Kind::Role | Kind::State) => "is",
            _ => "is named",
        };
        match (
            text::suggest(&part.pattern, names.iter().map(String::as_str)),
            kinds.as_slice(),
        ) {
            (Some(near), _) => bail!("no {said} {verb} `{}`; did you mean `{near}`?", part.pattern),
            (None, [kind]) if !kind.values().is_empty() => {
                bail!(
                    "no {said} {verb} `{}`; there are {}",
                    part.pattern,
                    text::list(kind.values())
                )
            }
            (None, _) if part.pattern.contains('*') => bail!("no {said} {verb} like `{}`", part.pattern),
            (None, _) => bail!("no {said} {verb} `{}`", part.pattern),
        }
    }
}

fn part_of(text: &str, word: &str, kinds: &'static [Kind]) -> anyhow::Result<Part> {
    let (not, text) = match text.strip_prefix("not:").or_else(|| text.strip_prefix('!')) {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (kind, pattern) = match text.split_once(':') {
        Some((kind, pattern)) => (Some(kind), pattern),
        None => (None, text),
    };
    if pattern.is_empty() {
        bail!("`{word}` selects nothing: a name or a pattern is missing in it");
    }
    let kind = match kind {
        Some(name) => Some(kind_of(name, kinds)?),
        None if pattern.contains('/') => Some(Kind::Template),
        None => None,
    };
    Ok(Part {
        not,
        kind,
        pattern: pattern.to_string(),
    })
}

fn kind_of(name: &str, kinds: &'static [Kind]) -> anyhow::Result<Kind> {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    match Kind::of(name) {
        Some(kind) if kinds.contains(&kind) => Ok(kind),
        Some(_) => bail!("`{name}:` selects nothing here; there are {}", text::list(&names)),
        None => match text::suggest(name, names.iter().copied()) {
            Some(near) => bail!("nothing is selected by `{name}:`; did you mean `{near}:`?"),
            None => bail!("nothing is selected by `{name}:`; there are {}", text::list(&names)),
        },
    }
}

fn goes_by(subject: &Subject, kind: Kind, pattern: &str) -> bool {
    subject.names(kind).iter().any(|name| fits(pattern, name))
}

/// Whether a name fits a pattern, in which `*` is any run of characters.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut name) = name.strip_prefix(head) else {
        return false;
    };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let tail = pieces.pop().unwrap_or_default();
    for piece in pieces {
        // The first place is the best: it leaves most to the pieces that follow.
        match name.find(piece) {
            Some(at) => name = &name[at + piece.len()..],
            None => return false,
        }
    }
    name.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_run_of_characters() {
        for (pattern, name) in [
            ("*", ""),
            ("rte/*", "rte/two_friends"),
            ("*/two_*s", "rte/two_friends"),
            ("wmt*_*en", "wmt16_translate_deen"),
            ("a*a", "aa"),
        ] {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("rte/*", "rte"), ("a*a", "a"), ("*b*c", "cb"), ("rte", "rte2")] {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
    }
}
