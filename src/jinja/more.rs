//! Filters that flanc adds to minijinja's: `index`, `most_frequent` and `choice`.

use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State};

use crate::digest::{Hasher, hex, mix64, word};

/// Under this name, which no template can write, a row answers with a digest of its fields.
pub(super) const ROW: &str = " row";

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

/// One item of a list, by a digest of the row, of the list, and of how often the body has chosen from it before: the same in
/// every build, and the same in both turns of an example.
fn choice(state: &mut State<'_, '_>, of: &Value) -> Result<Value, Error> {
    let items: Vec<Value> = of.try_iter()?.collect();
    if items.is_empty() {
        return Err(invalid("`choice` is given nothing to choose from"));
    }
    let mut list = Hasher::new("choice");
    list.part(state.lookup(ROW).unwrap_or_default().as_bytes().unwrap_or_default());
    for item in &items {
        list.part(item.to_string().as_bytes());
    }
    let list = list.finish();
    let key = hex(&list);
    let before = state.get_temp(&key).and_then(|count| u64::try_from(count).ok());
    let before = before.unwrap_or(0);
    state.set_temp(&key, Value::from(before + 1));
    let at = mix64(word(&list, 0).wrapping_add(before)) % items.len() as u64;
    Ok(items[usize::try_from(at).unwrap_or(0)].clone())
}

/// `H("fields", name, value, ..)`: what `choice` knows a row by. A text is itself, a number as it is printed, a bool `true` or
/// `false`, a null empty, and a list its items with a newline after each.
pub(super) fn row<'v>(fields: impl Iterator<Item = (&'v str, &'v Value)>) -> Value {
    let mut hasher = Hasher::new("fields");
    for (name, value) in fields {
        hasher.part(name.as_bytes());
        let text = match value.kind() {
            ValueKind::Undefined | ValueKind::None => String::new(),
            ValueKind::Bool => (if value.is_true() { "true" } else { "false" }).to_string(),
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
