//! A JSON value with its numbers as they were written and its keys in the order of the file.

use std::borrow::Cow;
use std::collections::HashMap;

use jiter::{Jiter, JiterError, JsonValue, Peek};

use crate::source::read::error::ReadError;

/// How deep values may nest: each level is a call.
const DEPTH: usize = 128;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value<'j> {
    Null,
    Bool(bool),
    Number(Cow<'j, str>),
    Text(Cow<'j, str>),
    List(Vec<Value<'j>>),
    /// Each key once.
    Object(Vec<(Cow<'j, str>, Value<'j>)>),
}

impl<'j> Value<'j> {
    pub(crate) fn parse(text: &'j str) -> Result<Value<'j>, ReadError> {
        let mut jiter = Jiter::new(text.as_bytes());
        let parsed = jiter
            .peek()
            .map_err(Failure::from)
            .and_then(|peek| value(&mut jiter, peek, DEPTH));
        let parsed = parsed.and_then(|value| jiter.finish().map(|()| value).map_err(Failure::from));
        parsed.map_err(|failure| match failure {
            Failure::Syntax(error) if text.contains('\n') => ReadError::new(error.description(&jiter)),
            Failure::Syntax(error) => {
                let column = error.get_position(&jiter).column;
                ReadError::new(format!("{} at column {column}", error.error_type))
            }
            Failure::Depth => ReadError::new(format!("values nest deeper than {DEPTH}")),
        })
    }

    /// What it is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::Text(_) => "a string",
            Value::List(_) => "a list",
            Value::Object(_) => "an object",
        }
    }

    /// The text of a cell: a string as it is, `None` for null, anything else as compact JSON.
    pub(crate) fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Value::Null => None,
            Value::Bool(true) => Some(Cow::Borrowed("true")),
            Value::Bool(false) => Some(Cow::Borrowed("false")),
            Value::Number(text) | Value::Text(text) => Some(Cow::Borrowed(text)),
            Value::List(_) | Value::Object(_) => {
                let mut out = String::new();
                self.write(&mut out);
                Some(Cow::Owned(out))
            }
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Value::Null => out.push_str("null"),
            Value::Bool(true) => out.push_str("true"),
            Value::Bool(false) => out.push_str("false"),
            Value::Number(text) => out.push_str(text),
            Value::Text(text) => quote(text, out),
            Value::List(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Value::Object(entries) => {
                out.push('{');
                for (i, (key, value)) in entries.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    quote(key, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    pub(crate) fn into_owned(self) -> Value<'static> {
        match self {
            Value::Null => Value::Null,
            Value::Bool(value) => Value::Bool(value),
            Value::Number(text) => Value::Number(Cow::Owned(text.into_owned())),
            Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Value::List(items) => Value::List(items.into_iter().map(Value::into_owned).collect()),
            Value::Object(entries) => Value::Object(
                entries
                    .into_iter()
                    .map(|(key, value)| (Cow::Owned(key.into_owned()), value.into_owned()))
                    .collect(),
            ),
        }
    }
}

/// Escapes only what JSON requires to be escaped.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}

enum Failure {
    Syntax(JiterError),
    Depth,
}

impl From<JiterError> for Failure {
    fn from(error: JiterError) -> Failure {
        Failure::Syntax(error)
    }
}

fn value<'j>(jiter: &mut Jiter<'j>, peek: Peek, depth: usize) -> Result<Value<'j>, Failure> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(Failure::Depth);
    };
    match peek {
        Peek::Array => {
            let mut items = Vec::new();
            let mut next = jiter.known_array()?;
            while let Some(peek) = next {
                items.push(value(jiter, peek, depth)?);
                next = jiter.array_step()?;
            }
            Ok(Value::List(items))
        }
        Peek::Object => {
            let mut entries = Vec::new();
            let mut next = key(jiter, Jiter::next_object_bytes)?;
            while let Some(name) = next {
                let peek = jiter.peek()?;
                entries.push((name, value(jiter, peek, depth)?));
                next = key(jiter, Jiter::next_key_bytes)?;
            }
            Ok(Value::Object(last_of_each(entries)))
        }
        Peek::String => match jiter.known_value(peek)? {
            JsonValue::Str(text) => Ok(Value::Text(text)),
            _ => Ok(Value::Null),
        },
        Peek::True | Peek::False => Ok(Value::Bool(jiter.known_bool(peek)?)),
        Peek::Null => jiter.known_null().map(|()| Value::Null).map_err(Failure::from),
        _ => {
            let start = jiter.current_index();
            jiter.known_number_bytes(peek)?;
            let digits = jiter.slice_to_current(start);
            Ok(Value::Number(String::from_utf8_lossy(digits)))
        }
    }
}

/// Reads the bytes of the next key, as they are written.
type ReadKey<'j> = for<'r> fn(&'r mut Jiter<'j>) -> Result<Option<&'r [u8]>, JiterError>;

/// The next key of an object: where it stands in the text, if it stands there without escapes.
fn key<'j>(jiter: &mut Jiter<'j>, read: ReadKey<'j>) -> Result<Option<Cow<'j, str>>, JiterError> {
    let Some(length) = read(jiter)?.map(<[u8]>::len) else {
        return Ok(None);
    };
    // Behind the key come its quote, perhaps space, and a colon.
    let text = jiter.slice_to_current(0);
    let end = memchr::memrchr(b'"', text).unwrap_or_default();
    let written = &text[end.saturating_sub(length)..end];
    if memchr::memchr(b'\\', written).is_none() {
        return Ok(Some(String::from_utf8_lossy(written)));
    }
    let quoted = &text[end.saturating_sub(length + 1)..=end];
    let unescaped = Jiter::new(quoted).next_str()?.to_string();
    Ok(Some(Cow::Owned(unescaped)))
}

type Entries<'j> = Vec<(Cow<'j, str>, Value<'j>)>;

/// Of keys that occur twice the last value counts, at the place of the first, as in JavaScript and Python.
fn last_of_each(entries: Entries) -> Entries {
    let twice = if entries.len() <= 16 {
        (1..entries.len()).any(|i| entries[..i].iter().any(|(key, _)| *key == entries[i].0))
    } else {
        let keys: std::collections::HashSet<&str> = entries.iter().map(|(key, _)| key.as_ref()).collect();
        keys.len() < entries.len()
    };
    if !twice {
        return entries;
    }
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut kept: Entries = Vec::new();
    for (key, value) in entries {
        match places.get(key.as_ref()) {
            Some(at) => kept[*at].1 = value,
            None => {
                places.insert(key.to_string(), kept.len());
                kept.push((key, value));
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(text: &str) -> String {
        let value = Value::parse(text).unwrap();
        value
            .text()
            .map(Cow::into_owned)
            .unwrap_or_else(|| "(null)".to_string())
    }

    #[test]
    fn numbers_and_the_order_of_keys_stay_as_written() {
        assert_eq!(again("1.10"), "1.10");
        assert_eq!(again(" 1e5 "), "1e5");
        assert_eq!(
            again("123456789012345678901234567890"),
            "123456789012345678901234567890"
        );
        assert_eq!(
            again(r#"{"b": [1.0, -0, null], "a": {"c": "x\u00e9\n\"\u0001"}}"#),
            r#"{"b":[1.0,-0,null],"a":{"c":"xé\n\"\u0001"}}"#
        );
    }

    #[test]
    fn keys_are_what_they_stand_for() {
        assert_eq!(
            again(r#" {"a\"b" : 1,"\u00e9" :2 , "ü:\\" : {"\"": 3}, "": 4, "x": "y\": z"}"#),
            r#"{"a\"b":1,"é":2,"ü:\\":{"\"":3},"":4,"x":"y\": z"}"#
        );
        for text in [r#"{"\x": 1}"#, "{\"a\u{1}\": 1}", r#"{"\ud800": 1}"#, r#"{"a: 1}"#] {
            assert!(Value::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_last_of_a_repeated_key_wins() {
        assert_eq!(again(r#"{"a": 1, "b": 2, "a": 3}"#), r#"{"a":3,"b":2}"#);
        let many: Vec<String> = (0..40).map(|i| format!("\"k{}\": {i}", i % 20)).collect();
        assert!(again(&format!("{{{}}}", many.join(","))).starts_with(r#"{"k0":20,"k1":21"#));
    }

    #[test]
    fn what_is_not_json_is_an_error() {
        for text in [
            "",
            "{",
            "01",
            "NaN",
            "[1,]",
            "\"\\ud800\"",
            "1 2",
            "{\"a\" 1}",
            "-",
            "\"\u{1}\"",
        ] {
            assert!(Value::parse(text).is_err(), "{text}");
        }
        assert!(Value::parse(&"[".repeat(100_000)).is_err());
    }
}
