//! YAML as a tree with tags and lines. The only file that sees the YAML crate.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::lexer::Fault;

/// A value, the line it begins in, from 1, and its tag, such as `!Template`.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    pub line: usize,
    pub tag: Option<String>,
    pub is: Is,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Is {
    /// What is written without quotes and means nothing.
    Null,
    /// With `true`, written without quotes.
    Scalar(String, bool),
    List(Vec<Value>),
    Map(Vec<(Value, Value)>),
}

impl Value {
    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let Is::Map(pairs) = &self.is else { return None };
        pairs
            .iter()
            .find(|(k, _)| k.text() == Some(key))
            .map(|(_, value)| value)
    }

    /// A scalar that is not null.
    pub fn text(&self) -> Option<&str> {
        match &self.is {
            Is::Scalar(text, _) => Some(text),
            _ => None,
        }
    }

    /// What a bare `true` or `false` means, by YAML 1.1.
    pub fn flag(&self) -> Option<bool> {
        match &self.is {
            Is::Scalar(text, true) => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" => Some(true),
                "false" | "no" | "off" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// The texts of a list.
    pub fn texts(&self) -> Vec<&str> {
        match &self.is {
            Is::List(items) => items.iter().filter_map(Value::text).collect(),
            _ => Vec::new(),
        }
    }
}

/// How many values a value is, itself included.
fn size(value: &Value) -> usize {
    1 + match &value.is {
        Is::Null | Is::Scalar(..) => 0,
        Is::List(items) => items.iter().map(size).sum(),
        Is::Map(pairs) => pairs.iter().map(|(key, value)| size(key) + size(value)).sum(),
    }
}

/// Aliases may add this many values to a file.
const MOST_COPIED: usize = 100_000;

/// Values may stand in each other this often.
const DEEPEST: usize = 32;

/// Reads the first document. The place of a fault is a line, from 1.
pub fn parse(text: &str) -> Result<Value, Fault> {
    let mut open: Vec<(Value, Option<Value>, usize)> = Vec::new();
    let mut anchors: BTreeMap<usize, Value> = BTreeMap::new();
    let mut copied = 0;
    let mut line = 1;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| Fault::new(error.marker().line(), error.info().to_string()))?;
        line = span.start.line();
        let begun = |tag: Option<&saphyr_parser::Tag>, is: Is| Value {
            line,
            tag: tag.map(|tag| format!("{}{}", tag.handle, tag.suffix)),
            is,
        };
        let done = match event {
            Event::Alias(anchor) => match anchors.get(&anchor) {
                Some(value) => {
                    copied += size(value);
                    if copied > MOST_COPIED {
                        return Err(Fault::new(line, "aliases make this file too large"));
                    }
                    (value.clone(), 0)
                }
                None => return Err(Fault::new(line, "an alias of what is not there")),
            },
            Event::Scalar(text, style, anchor, tag) => {
                let bare = style == ScalarStyle::Plain;
                let null = bare && tag.is_none() && ["", "~", "null", "Null", "NULL"].contains(&text.as_ref());
                let is = if null {
                    Is::Null
                } else {
                    Is::Scalar(text.into_owned(), bare)
                };
                (begun(tag.as_deref(), is), anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                open.push((begun(tag.as_deref(), Is::List(Vec::new())), None, anchor));
                continue;
            }
            Event::MappingStart(anchor, tag) => {
                open.push((begun(tag.as_deref(), Is::Map(Vec::new())), None, anchor));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some((value, _, anchor)) => (value, anchor),
                None => return Err(Fault::new(line, "something is closed that was not open")),
            },
            Event::DocumentEnd => break,
            _ => continue,
        };
        if open.len() > DEEPEST {
            return Err(Fault::new(line, "values are nested too deeply here"));
        }
        let (done, anchor) = done;
        if anchor > 0 {
            anchors.insert(anchor, done.clone());
        }
        match open.last_mut() {
            None => return Ok(done),
            Some((
                Value {
                    is: Is::List(items), ..
                },
                ..,
            )) => items.push(done),
            Some((Value { is: Is::Map(pairs), .. }, key, _)) => match key.take() {
                None => *key = Some(done),
                Some(key) => pairs.push((key, done)),
            },
            Some(_) => return Err(Fault::new(line, "a scalar holds no values")),
        }
    }
    Err(Fault::new(line, "nothing is in this file"))
}
