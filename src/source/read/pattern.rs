//! A path with wildcards, made ready to be matched: below the data directory, in a repository, in an archive.

use regex::{Captures, Regex};

use super::error::ReadError;
use crate::catalog::{has_wildcard, name_in_braces};

/// A path as written, made ready to be matched.
pub(in crate::source) struct Pattern {
    /// The pieces before the first one with a wildcard: where a walk begins.
    pub base: String,
    /// `None`: the path names one file, `base`.
    matcher: Option<Regex>,
    pub captures: Vec<String>,
    /// How far below `base` a match can be.
    pub depth: usize,
}

impl Pattern {
    /// `path` has been taken apart by [`crate::catalog::Location`], which refuses what leads outside.
    pub fn new(path: &str) -> Result<Pattern, ReadError> {
        let pieces: Vec<&str> = path
            .split('/')
            .filter(|piece| !piece.is_empty() && *piece != ".")
            .collect();
        if pieces.is_empty() {
            return Err(ReadError::new("this path is empty").in_file(path));
        }
        let plain = pieces.iter().take_while(|piece| !has_wildcard(piece)).count();
        let base = pieces[..plain].join("/");
        if plain == pieces.len() {
            return Ok(Pattern {
                base,
                matcher: None,
                captures: Vec::new(),
                depth: 0,
            });
        }
        let mut captures = Vec::new();
        let matcher = translate(&pieces, &mut captures).map_err(|error| error.in_file(path))?;
        let depth = if pieces.contains(&"**") {
            usize::MAX
        } else {
            pieces.len() - plain
        };
        Ok(Pattern {
            base,
            matcher: Some(matcher),
            captures,
            depth,
        })
    }

    /// Whether the path names one file.
    pub fn is_plain(&self) -> bool {
        self.matcher.is_none()
    }

    /// What the captures stand for in a name; `None`: it does not match.
    pub fn matches(&self, name: &str) -> Option<Vec<(String, String)>> {
        let Some(matcher) = &self.matcher else {
            return (name == self.base).then(Vec::new);
        };
        let found = matcher.captures(name)?;
        let value = |capture: &String, found: &Captures| Some((capture.clone(), found.name(capture)?.as_str().into()));
        Some(self.captures.iter().filter_map(|name| value(name, &found)).collect())
    }
}

/// The pattern as a regular expression. Everything that is not a wildcard is itself: names of real files
/// hold brackets, parentheses and spaces, which glob syntaxes give meanings to.
fn translate(pieces: &[&str], captures: &mut Vec<String>) -> Result<Regex, ReadError> {
    let mut out = String::from("(?s)^");
    for (i, piece) in pieces.iter().enumerate() {
        let last = i + 1 == pieces.len();
        if *piece == "**" {
            out.push_str(if last { ".+" } else { "(?:[^/]+/)*" });
            continue;
        }
        let mut rest = *piece;
        while let Some(c) = rest.chars().next() {
            let mut taken = c.len_utf8();
            match c {
                '*' => out.push_str("[^/]*"),
                '?' => out.push_str("[^/]"),
                _ => match name_in_braces(rest) {
                    Some(name) if captures.iter().any(|known| known == name) => {
                        return Err(ReadError::new(format!("`{{{name}}}` stands in this path twice")));
                    }
                    Some(name) => {
                        out.push_str(&format!("(?<{name}>[^/]+)"));
                        captures.push(name.to_string());
                        taken = name.len() + 2;
                    }
                    None => out.push_str(&regex::escape(&rest[..taken])),
                },
            }
            rest = &rest[taken..];
        }
        if !last {
            out.push('/');
        }
    }
    out.push('$');
    Regex::new(&out).map_err(|_| ReadError::new("this path is too long to be matched"))
}
