//! Filters that flanc adds to minijinja's: `index`, `most_frequent` and `choice`.

use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State};

use crate::digest::{Hasher, digest, word};

/// Under this name, which no template can write, a row answers with a digest of its fields.
pub(super) const ROW: &str = " row";

/// How often a body has chosen so far, while it is rendered.
const CHOSEN: &str = "chosen";

pub(super) fn add(env: &mut Environment<'_>) {
    env.add_filter("index", index);
    env.add_filter("most_frequent", most_frequent);
    env.add_filter("choice", choice);
}

fn invalid(why: &'static str) -> Error {
    Error::new(ErrorKind::InvalidOperation, why)
}

/// The place of an item in a list, or of a text in a text, from 0.
fn index(of: &Value, wanted: &Value) -> Result<usize, Error> {
    let found = match (of.kind(), of.as_str(), wanted.as_str()) {
        (ValueKind::String, Some(of), Some(wanted)) => of.find(wanted).map(|at| of[..at].chars().count()),
        (ValueKind::Seq | ValueKind::Iterable, ..) => of.try_iter()?.position(|item| item == *wanted),
        _ => return Err(invalid("`index` looks for an item in a list, or for a text in a text")),
    };
    found.ok_or_else(|| invalid("`index` looks for what is not there"))
}

/// The items of a list that are there as often as no other, in the order they first appear.
fn most_frequent(of: &Value) -> Result<Vec<Value>, Error> {
    let mut counts: Vec<(Value, usize)> = Vec::new();
    for item in of.try_iter()? {
        match counts.iter_mut().find(|(other, _)| *other == item) {
            Some((_, count)) => *count += 1,
            None => counts.push((item, 1)),
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let often = counts.into_iter().filter(|(_, count)| *count == most);
    Ok(often.map(|(item, _)| item).collect())
}

/// One item of a list, by a digest of the row and of how often the body has chosen before: the same in every build.
fn choice(state: &mut State<'_, '_>, of: &Value) -> Result<Value, Error> {
    let items: Vec<Value> = of.try_iter()?.collect();
    if items.is_empty() {
        return Err(invalid("`choice` is given nothing to choose from"));
    }
    let row = state.lookup(ROW).unwrap_or_default();
    let before: u64 = state
        .get_temp(CHOSEN)
        .and_then(|count| u64::try_from(count).ok())
        .unwrap_or(0);
    state.set_temp(CHOSEN, Value::from(before + 1));
    let row = row.as_bytes().unwrap_or_default();
    let drawn = digest("choice", &[row, &before.to_be_bytes()]);
    let at = word(&drawn, 0) % items.len() as u64;
    Ok(items[usize::try_from(at).unwrap_or(0)].clone())
}

/// `H("fields", name, value, ..)`: what `choice` knows a row by. A text is itself, a number or a bool as it is printed, a
/// null empty, and a list its items with a newline after each.
pub(super) fn row<'v>(fields: impl Iterator<Item = (&'v str, &'v Value)>) -> Value {
    let mut hasher = Hasher::new("fields");
    for (name, value) in fields {
        hasher.part(name.as_bytes());
        let text = match value.kind() {
            ValueKind::Undefined | ValueKind::None => String::new(),
            ValueKind::Seq | ValueKind::Iterable => {
                let items = value.try_iter().into_iter().flatten();
                items.map(|item| format!("{item}\n")).collect()
            }
            _ => value.to_string(),
        };
        hasher.part(text.as_bytes());
    }
    Value::from_bytes(hasher.finish().to_vec())
}
