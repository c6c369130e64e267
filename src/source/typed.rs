//! One value of one field: from the text of a cell to what the dataset declares.

use std::borrow::Cow;

use super::read::Json;
use super::{number, packed};
use crate::catalog::{Clean, Field, FieldKind, IndexOf, Keyed};
use crate::jinja::Seen;

/// A cell as a table gives it.
#[derive(Clone, Debug)]
pub enum Raw<'a> {
    Null,
    Text(&'a str),
    List(Vec<&'a str>),
}

/// A value of a field, or the text that is none.
#[derive(Clone, Debug, PartialEq)]
pub enum Typed {
    Null,
    /// Text as it is; a number in its canonical form; `true` or `false`; a label's name; an index from 0.
    Text(String),
    List(Vec<String>),
    /// What was there, and why it does not fit.
    Bad {
        text: String,
        reason: String,
        help: String,
    },
}

/// Reads a cell as a field's type, but for an index, which needs its row (see [`resolve_index`]).
pub fn read(field: &Field, cell: &Raw<'_>) -> Typed {
    let cleaned = match cell {
        Raw::Null => return Typed::Null,
        // A list that travelled as JSON text is a list before any clean-up sees it.
        Raw::List(items) => Typed::List(items.iter().map(|item| clean_text(field, item)).collect()),
        Raw::Text("") if !field.empty_is_text => return Typed::Null,
        // A list that travelled as JSON text is a list before any clean-up sees it.
        Raw::Text(text) => match text.starts_with('[').then(|| json_list(field, text)).flatten() {
            Some(items) => match scalars(items) {
                Some(items) => Typed::List(items.iter().map(|item| clean_text(field, item)).collect()),
                None => no_list((*text).to_string()),
            },
            None => clean(field, text),
        },
    };
    match (&field.kind, cleaned) {
        (FieldKind::List, Typed::Text(text)) => match json_list(field, &text).and_then(scalars) {
            Some(items) => Typed::List(items),
            None => no_list(text),
        },
        (FieldKind::List, list) => list,
        (_, Typed::List(items)) => Typed::Bad {
            text: items.join(", "),
            reason: format!("`{}` is a list here", field.name),
            help: format!("declare `field {}: list`", field.name),
        },
        (_, Typed::Text(text)) if text.is_empty() && !field.empty_is_text => Typed::Null,
        (FieldKind::Text | FieldKind::Index { .. }, text) => text,
        (FieldKind::Number, Typed::Text(text)) => match number::canonical(&text) {
            Some(number) => Typed::Text(number),
            None => bad(
                field,
                text,
                "is no number",
                "write it as a decimal, or declare the field as text",
            ),
        },
        (FieldKind::Bool, Typed::Text(text)) => match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Typed::Text("true".to_string()),
            "false" | "0" => Typed::Text("false".to_string()),
            _ => bad(
                field,
                text,
                "is neither true nor false",
                "a bool is read from true, false, 1 and 0",
            ),
        },
        (FieldKind::Choice(labels), Typed::Text(text)) => {
            match labels.iter().find(|label| label.codes.contains(&text)) {
                Some(label) => Typed::Text(label.name.clone()),
                None => {
                    let codes: Vec<&str> = labels.iter().flat_map(|l| &l.codes).map(String::as_str).collect();
                    let help = format!(
                        "its labels are read from {}; add it, or drop such rows by name",
                        crate::text::list(&codes)
                    );
                    bad(field, text, "is none of its labels", &help)
                }
            }
        }
        (_, other) => other,
    }
}

fn bad(field: &Field, text: String, what: &str, help: &str) -> Typed {
    let reason = format!("`{}` {what}: `{}`", field.name, crate::text::excerpt(&text, 60));
    Typed::Bad {
        text,
        reason,
        help: help.to_string(),
    }
}

/// An index field's number, from 0, once the other fields of its row are known.
pub fn resolve_index(field: &Field, value: Typed, row: &[Typed]) -> Typed {
    let FieldKind::Index { from, of, keyed } = &field.kind else {
        return value;
    };
    let Typed::Text(text) = value else { return value };
    let count = match of {
        IndexOf::Fields(fields) => fields.len(),
        IndexOf::List(list) => match &row[*list] {
            Typed::List(items) => items.len(),
            _ => 0,
        },
    };
    let found = match keyed {
        None => number::canonical(&text)
            .and_then(|n| n.parse::<i64>().ok())
            .and_then(|n| usize::try_from(n.checked_sub(*from)?).ok()),
        Some(Keyed::Words(words)) => words.iter().position(|word| *word == text),
        Some(Keyed::List(list)) => match &row[*list] {
            Typed::List(items) => items.iter().position(|item| *item == text),
            _ => None,
        },
    };
    match found {
        Some(at) if at < count => Typed::Text(at.to_string()),
        _ => {
            let what = format!("points at none of its {count} options");
            let help = match keyed {
                None => format!("it is counted from {from}: say `index from N of ..` where another number comes first"),
                Some(_) => "its key is compared letter for letter".to_string(),
            };
            bad(field, text, &what, &help)
        }
    }
}

fn clean(field: &Field, text: &str) -> Typed {
    let mut value = Cow::Borrowed(text);
    for (at, step) in field.clean.iter().enumerate() {
        if let Clean::Split(separator) = step {
            let rest = &field.clean[at + 1..];
            let items = value
                .split(separator.as_str())
                .map(|item| steps(rest, item).into_owned());
            return Typed::List(if value.is_empty() { Vec::new() } else { items.collect() });
        }
        value = Cow::Owned(apply(step, &value));
    }
    Typed::Text(value.into_owned())
}

fn clean_text(field: &Field, text: &str) -> String {
    steps(&field.clean, text).into_owned()
}

fn steps<'a>(steps: &[Clean], text: &'a str) -> Cow<'a, str> {
    steps
        .iter()
        .fold(Cow::Borrowed(text), |value, step| Cow::Owned(apply(step, &value)))
}

fn apply(step: &Clean, value: &str) -> String {
    match step {
        Clean::Trim => value.trim().to_string(),
        Clean::Collapse => value.split_whitespace().collect::<Vec<_>>().join(" "),
        Clean::Lower => value.to_lowercase(),
        Clean::Upper(None) => value.to_uppercase(),
        Clean::Upper(Some(pattern)) => upper(pattern, value),
        Clean::Replace(from, to) => value.replace(from.as_str(), to),
        Clean::Rewrite(pattern, to) => pattern.replace_all(value, to.as_str()).into_owned(),
        Clean::Unescape => unescape(value),
        Clean::Before(marker) => value.find(marker.as_str()).map_or(value, |at| &value[..at]).to_string(),
        Clean::After(marker) => value
            .find(marker.as_str())
            .map_or(value, |at| &value[at + marker.len()..])
            .to_string(),
        Clean::Round => number::rounded(value),
        Clean::Split(_) => value.to_string(),
    }
}

/// The first group of every match in capitals, or the whole match where the pattern has no group.
fn upper(pattern: &regex::Regex, value: &str) -> String {
    let mut cleaned = String::with_capacity(value.len());
    let mut done = 0;
    for found in pattern.captures_iter(value) {
        if let Some(part) = found.get(1).or_else(|| found.get(0)) {
            cleaned.push_str(&value[done..part.start()]);
            cleaned.push_str(&part.as_str().to_uppercase());
            done = part.end();
        }
    }
    cleaned + &value[done..]
}

/// The entities of HTML; what is none stays as it stands.
fn unescape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let tail = &rest[at..];
        let end = tail.bytes().take(12).position(|b| b == b';');
        let decoded = end.and_then(|end| {
            quick_xml::escape::unescape_with(&tail[..=end], html_entity)
                .ok()
                .map(|text| (text.into_owned(), end))
        });
        match decoded {
            Some((text, end)) => {
                out.push_str(&text);
                rest = &tail[end + 1..];
            }
            None => {
                out.push('&');
                rest = &tail[1..];
            }
        }
    }
    out + rest
}

fn html_entity(name: &str) -> Option<&'static str> {
    quick_xml::escape::resolve_predefined_entity(name).or(match name {
        "nbsp" => Some("\u{a0}"),
        "ndash" => Some("–"),
        "mdash" => Some("—"),
        "lsquo" => Some("‘"),
        "rsquo" => Some("’"),
        "ldquo" => Some("“"),
        "rdquo" => Some("”"),
        "hellip" => Some("…"),
        "pound" => Some("£"),
        "euro" => Some("€"),
        _ => None,
    })
}

/// The items of a list that travelled as JSON text; only a list field can have one.
fn json_list<'t>(field: &Field, text: &'t str) -> Option<Vec<Json<'t>>> {
    if !matches!(field.kind, FieldKind::List) {
        return None;
    }
    match Json::parse(text) {
        Ok(Json::List(items)) => Some(items),
        _ => None,
    }
}

/// Items as texts, where all of them are scalars; numbers as they were written, as in a list that a path reaches into.
fn scalars(items: Vec<Json<'_>>) -> Option<Vec<String>> {
    let text = |item| match item {
        Json::Text(text) | Json::Number(text) => Some(text.into_owned()),
        Json::Bool(flag) => Some(flag.to_string()),
        Json::Null | Json::List(_) | Json::Object(_) => None,
    };
    items.into_iter().map(text).collect()
}

fn no_list(text: String) -> Typed {
    Typed::Bad {
        reason: format!("this is no list: `{}`", crate::text::excerpt(&text, 60)),
        text,
        help: "split a text with `clean { split \",\" }`, or reach into a nested one with a column path".to_string(),
    }
}

/// What a condition sees of a value. Of a bad one it sees the text that was there.
pub fn seen_typed<'a>(kind: &FieldKind, value: &'a Typed) -> Seen<'a, &'a [String]> {
    match value {
        Typed::Null => Seen::Null,
        Typed::List(items) => Seen::List(items),
        Typed::Bad { text, .. } => Seen::Text(text),
        Typed::Text(text) => seen_text(kind, text),
    }
}

/// What a template sees of a value in a row.
pub fn seen<'a>(kind: &FieldKind, cell: packed::Cell<'a>) -> Seen<'a, packed::Items<'a>> {
    match cell {
        packed::Cell::Null => Seen::Null,
        packed::Cell::List(items) => Seen::List(items),
        packed::Cell::Text(text) => seen_text(kind, text),
    }
}

fn seen_text<'a, L>(kind: &FieldKind, text: &'a str) -> Seen<'a, L> {
    match kind {
        FieldKind::Bool => Seen::Bool(text == "true"),
        FieldKind::Number | FieldKind::Index { .. } => Seen::Number(text),
        _ => Seen::Text(text),
    }
}
