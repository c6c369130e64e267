//! Paths into JSON: `a.b`, `[]`, `[2]`, `{}`, `^` and `@key`.

use std::borrow::Cow;

use super::value::Value;
use crate::source::read::error::ReadError;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    /// `[2]`, from 0.
    Item(usize),
    /// `[]`
    Items,
    /// `{}`
    Values,
    /// `@key`: the key or index under which the element stands.
    OwnKey,
}

/// A path as written, parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    /// How many times it climbs before it descends.
    pub climb: usize,
    pub steps: Vec<Step>,
    written: String,
}

impl Path {
    /// The path of one key, whatever characters it has.
    pub(crate) fn key(name: &str) -> Path {
        Path {
            climb: 0,
            steps: vec![Step::Key(name.to_string())],
            written: name.to_string(),
        }
    }

    pub(crate) fn parse(written: &str) -> Result<Path, ReadError> {
        let fail = |what: &str| {
            ReadError::new(format!("path `{written}` {what}"))
                .help("a path is like `data[].answers[0].text`, `^.title`, `critics{}.\"a key\"` or `@key`")
        };
        let mut steps: Vec<Step> = Vec::new();
        let mut rest = written.trim_start_matches('^');
        let climb = written.len() - rest.len();
        // `.` alone is the element itself, and after `^` it only separates.
        let mut wants_key = match rest.strip_prefix('.') {
            Some("") => {
                return Ok(Path {
                    climb,
                    steps,
                    written: written.to_string(),
                });
            }
            Some(after) if climb > 0 => {
                rest = after;
                true
            }
            Some(_) => return Err(fail("starts with a dot")),
            None if rest.is_empty() => climb == 0,
            None => !rest.starts_with(['[', '{']),
        };
        while wants_key || !rest.is_empty() {
            if wants_key {
                let (step, after) = key(rest).ok_or_else(|| fail("lacks a key"))?;
                steps.push(step);
                rest = after;
                wants_key = false;
            } else if let Some(after) = rest.strip_prefix('.') {
                rest = after;
                wants_key = true;
            } else if let Some(after) = rest.strip_prefix("{}") {
                steps.push(Step::Values);
                rest = after;
            } else if let Some((index, after)) = rest.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
                steps.push(match index.parse() {
                    Ok(index) => Step::Item(index),
                    Err(_) if index.is_empty() => Step::Items,
                    Err(_) => return Err(fail(&format!("has `[{index}]`, which is no index"))),
                });
                rest = after;
            } else {
                return Err(fail("cannot be read"));
            }
        }
        let last = steps.len().saturating_sub(1);
        if steps.iter().take(last).any(|step| *step == Step::OwnKey) {
            return Err(fail("goes on after `@key`"));
        }
        Ok(Path {
            climb,
            steps,
            written: written.to_string(),
        })
    }

    /// Whether it names several values, so that its column is a list.
    pub(crate) fn is_list(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Items | Step::Values))
    }

    /// Whether it names the very value that it begins at.
    pub(crate) fn is_whole(&self) -> bool {
        self.climb == 0 && self.steps.is_empty()
    }

    /// The path below its first step.
    pub(crate) fn below_first(&self) -> Path {
        Path {
            climb: self.climb,
            steps: self.steps.iter().skip(1).cloned().collect(),
            written: self.written.clone(),
        }
    }

    /// The elements of the list that this path names.
    pub(crate) fn items(mut self) -> Path {
        self.steps.push(Step::Items);
        self
    }

    pub(crate) fn written(&self) -> &str {
        &self.written
    }

    /// Calls `take` with every value that the path names below `frame`. False: there is nothing to list, as
    /// the path is absent or null before its first `[]` or `{}`.
    pub(crate) fn visit<'v>(
        &self,
        frame: Frame<'v>,
        take: &mut dyn FnMut(Cow<'v, str>) -> Result<(), ReadError>,
    ) -> Result<bool, ReadError> {
        self.walk(&self.steps, Some(frame), take)
    }

    fn walk<'v>(
        &self,
        steps: &[Step],
        frame: Option<Frame<'v>>,
        take: &mut dyn FnMut(Cow<'v, str>) -> Result<(), ReadError>,
    ) -> Result<bool, ReadError> {
        let Some(frame) = frame else { return Ok(false) };
        let Some((step, rest)) = steps.split_first() else {
            return match frame.value.text() {
                Some(text) => take(text).map(|()| true),
                None => Ok(false),
            };
        };
        match step {
            Step::Key(_) | Step::Item(_) => self.walk(rest, frame.descend(step), take),
            Step::OwnKey => match frame.key.text() {
                Some(text) => take(text).map(|()| true),
                None => Ok(false),
            },
            Step::Items | Step::Values => {
                let Some(elements) = frame.elements(step, &self.written)? else {
                    return Ok(false);
                };
                for at in 0..elements {
                    self.walk(rest, frame.element(at), take)?;
                }
                Ok(true)
            }
        }
    }
}

/// A key at the start of `text`, and what follows it.
fn key(text: &str) -> Option<(Step, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        let (name, rest) = quoted.split_once('"')?;
        return Some((Step::Key(name.to_string()), rest));
    }
    let end = text.find(['.', '[', '{']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let fits = !name.is_empty() && !name.contains(['"', ']', '}', '^']);
    let step = if name == "@key" {
        Step::OwnKey
    } else {
        Step::Key(name.to_string())
    };
    fits.then_some((step, rest))
}

/// What an element is called by the list or object that holds it.
#[derive(Clone, Copy)]
pub(crate) enum Label<'v> {
    None,
    Key(&'v str),
    Index(usize),
}

impl<'v> Label<'v> {
    fn text(self) -> Option<Cow<'v, str>> {
        match self {
            Label::None => None,
            Label::Key(key) => Some(Cow::Borrowed(key)),
            Label::Index(index) => Some(Cow::Owned(index.to_string())),
        }
    }
}

/// A value and what it is called.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'v> {
    pub value: &'v Value<'v>,
    pub key: Label<'v>,
}

impl<'v> Frame<'v> {
    pub(crate) fn root(value: &'v Value<'v>) -> Frame<'v> {
        Frame {
            value,
            key: Label::None,
        }
    }

    /// The one value below that a key or an index names.
    pub(crate) fn descend(self, step: &Step) -> Option<Frame<'v>> {
        match (step, self.value) {
            (Step::Key(name), Value::Object(entries)) => {
                let (key, value) = entries.iter().find(|(key, _)| key == name)?;
                Some(Frame {
                    value,
                    key: Label::Key(key),
                })
            }
            (Step::Item(at), Value::List(items)) => Some(Frame {
                value: items.get(*at)?,
                key: Label::Index(*at),
            }),
            _ => None,
        }
    }

    /// How many elements `[]` or `{}` finds here; `None` at null.
    pub(crate) fn elements(self, step: &Step, path: &str) -> Result<Option<usize>, ReadError> {
        match (step, self.value) {
            (_, Value::Null) => Ok(None),
            (Step::Items, Value::List(items)) => Ok(Some(items.len())),
            (Step::Values, Value::Object(entries)) => Ok(Some(entries.len())),
            (Step::Values, other) => Err(ReadError::new(format!(
                "`{{}}` of path `{path}` meets {}, not an object",
                other.kind()
            ))),
            (_, other) => {
                let error = ReadError::new(format!("`[]` of path `{path}` meets {}, not a list", other.kind()));
                let object = matches!(other, Value::Object(_));
                Err(if object {
                    error.help("`{}` is every value of an object")
                } else {
                    error
                })
            }
        }
    }

    pub(crate) fn element(self, at: usize) -> Option<Frame<'v>> {
        match self.value {
            Value::List(items) => Some(Frame {
                value: items.get(at)?,
                key: Label::Index(at),
            }),
            Value::Object(entries) => {
                let (key, value) = entries.get(at)?;
                Some(Frame {
                    value,
                    key: Label::Key(key),
                })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(path: &str, json: &str) -> Vec<String> {
        let value = Value::parse(json).unwrap();
        let mut out = Vec::new();
        let path = Path::parse(path).unwrap();
        path.visit(Frame::root(&value), &mut |text| {
            out.push(text.into_owned());
            Ok(())
        })
        .unwrap();
        out
    }

    #[test]
    fn paths_descend_into_keys_lists_and_objects() {
        let json = r#"{"a": {"b c": [1, {"d": "x"}, null]}, "o": {"k1": "v1", "k2": "v2"}, "l": [[1, 2], [3]]}"#;
        assert_eq!(all(r#"a."b c"[1].d"#, json), ["x"]);
        assert_eq!(all(r#"a."b c"[]"#, json), ["1", r#"{"d":"x"}"#]);
        assert_eq!(all("o{}", json), ["v1", "v2"]);
        assert_eq!(all("o{}.@key", json), ["k1", "k2"]);
        assert_eq!(all("l[][]", json), ["1", "2", "3"]);
        assert_eq!(all("l[][0]", json), ["1", "3"]);
        assert_eq!(all("a.b.c", json), [""; 0]);
        assert_eq!(all("[1]", "[7, 8]"), ["8"]);
        assert_eq!(all(".", "7"), ["7"]);
    }

    #[test]
    fn a_list_path_over_something_else_is_an_error() {
        let value = Value::parse(r#"{"a": {"b": 1}}"#).unwrap();
        let error = Path::parse("a[]")
            .unwrap()
            .visit(Frame::root(&value), &mut |_| Ok(()))
            .unwrap_err();
        assert_eq!(error.message, "`[]` of path `a[]` meets an object, not a list");
    }

    #[test]
    fn broken_paths_are_errors() {
        for path in [
            "", "a..b", ".a", "a[x]", "a[", "a{b}", "a.", "\"a", "@key.b", "a]b", "a\"b\"", "^a^",
        ] {
            assert!(Path::parse(path).is_err(), "{path}");
        }
        assert_eq!(Path::parse("^^.a").unwrap().climb, 2);
        assert_eq!(Path::parse("^").unwrap().steps, []);
    }
}
