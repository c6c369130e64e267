//! What a model has learned from: the build, and all that the model it began with had learned from.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::shard::{self, Manifest, TRAINED, Trained};

/// The mixture, its overlaps, and of every dataset that was trained on who it is; with all that the model which was begun
/// with had learned from, where its directory says so.
pub fn trained(manifest: &Manifest, base: Option<&Path>) -> anyhow::Result<Value> {
    let mut all = serde_json::to_value(Trained::of(manifest))?;
    if let Some(before) = base.map(before).transpose()?.flatten() {
        for name in ["overlaps", "datasets", "unknown"] {
            merge(&mut all[name], &before[name]);
        }
    }
    Ok(all)
}

/// What the directory of a model, or of the run whose checkpoint it is, says of its training: at the least, on which
/// mixture it was trained of which nothing else is known.
fn before(base: &Path) -> anyhow::Result<Option<Value>> {
    let beside = |name: &str| {
        let mut paths = shard::folders_of_model(base).map(|folder| folder.join(name));
        paths.find(|path| path.is_file())
    };
    if let Some(path) = beside(TRAINED) {
        return read(&path).map(Some);
    }
    let Some(path) = beside(super::recipe::FILE) else {
        return Ok(None);
    };
    Ok(Some(json!({ "unknown": [read(&path)?["mixture"]] })))
}

fn read(path: &Path) -> anyhow::Result<Value> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is torn", path.display()))
}

/// Adds what is only in `other`: keys of objects, items of lists, and a text that differs under a key of its own.
fn merge(value: &mut Value, other: &Value) {
    match (value, other) {
        (Value::Object(object), Value::Object(other)) => {
            for (key, other) in other {
                match object.get_mut(key) {
                    None => {
                        object.insert(key.clone(), other.clone());
                    }
                    Some(Value::String(text)) if Some(text.as_str()) != other.as_str() => {
                        object.insert(format!("{key} before"), other.clone());
                    }
                    Some(value) => merge(value, other),
                }
            }
        }
        (Value::Array(items), Value::Array(other)) => {
            let new: Vec<Value> = other.iter().filter(|item| !items.contains(item)).cloned().collect();
            items.extend(new);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_before_stays_seen() {
        let mut now = json!({ "rte": { "clusters": ["nli"], "content": { "train": "b" } } });
        let before =
            json!({ "rte": { "clusters": ["nli", "qa"], "content": { "train": "a" } }, "cb": { "clusters": ["nli"] } });
        merge(&mut now, &before);
        let expected = json!({
            "rte": { "clusters": ["nli", "qa"], "content": { "train": "b", "train before": "a" } }, "cb": { "clusters": ["nli"] }
        });
        assert_eq!(now, expected);
    }
}
