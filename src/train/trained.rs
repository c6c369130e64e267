//! What a model has learned from, beside it: who evaluates it can tell what it has seen, though the build be gone.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Map, Value, json};

use crate::shard::Manifest;

/// The file, in the directory of a run.
pub const FILE: &str = "trained.json";

/// The mixture, its overlaps, and of every dataset that was trained on its clusters, family and digests; with all that
/// the model which was begun with had learned from, where its directory says so.
pub fn trained(manifest: &Manifest, base: Option<&Path>) -> anyhow::Result<Value> {
    let mut datasets = Map::new();
    for (id, facts) in &manifest.datasets {
        if facts.achieved > 0 || facts.examples.get("train").copied().unwrap_or(0) > 0 {
            let of = json!({
                "clusters": facts.clusters, "family": facts.family, "rows_digests": facts.rows_digests, "content": facts.content,
            });
            datasets.insert(id.clone(), of);
        }
    }
    let mut all = json!({
        "mixture": manifest.mixture, "content": manifest.content, "overlaps": manifest.overlaps, "datasets": datasets,
        "unknown": [],
    });
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
    let run = base.parent().filter(|parent| parent.ends_with("checkpoints"));
    let folders: Vec<&Path> = [Some(base), run.and_then(Path::parent)].into_iter().flatten().collect();
    let beside = |name: &str| {
        folders
            .iter()
            .map(|folder| folder.join(name))
            .find(|path| path.is_file())
    };
    if let Some(path) = beside(FILE) {
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
