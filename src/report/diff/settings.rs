//! What two builds were asked for, and how they are stored, where it differs.

use serde_json::{Value, json};

use crate::shard::Manifest;

/// Something with one value before and another after.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Setting {
    pub name: String,
    pub old: Value,
    pub new: Value,
}

/// The settings that decide what is in a build, and those of its files.
pub fn compare(old: &Manifest, new: &Manifest) -> (Vec<Setting>, Vec<Setting>) {
    // The name of a mixture is in no draw, and two builds of two mixtures can be equal.
    let asked = |manifest: &Manifest| {
        let mut values = vec![
            ("edition".to_string(), json!(manifest.edition)),
            ("seed".to_string(), json!(manifest.seed)),
            ("sample".to_string(), json!(manifest.sample)),
            ("hold_out".to_string(), json!(manifest.hold_out)),
        ];
        let settings = manifest.settings.as_object().into_iter().flatten();
        values.extend(settings.map(|(name, value)| (name.clone(), value.clone())));
        values
    };
    let stored = |manifest: &Manifest| {
        let shards = manifest.shards.iter().filter(|shard| shard.split == "train").count();
        vec![
            ("format".to_string(), json!(manifest.format)),
            ("layout".to_string(), json!(manifest.layout)),
            ("shards of train".to_string(), json!(shards)),
            ("writer".to_string(), json!(manifest.writer)),
        ]
    };
    (differing(asked(old), asked(new)), differing(stored(old), stored(new)))
}

/// The values that are not the same, in the order of the new build, then what the old one alone has.
pub fn differing(old: Vec<(String, Value)>, new: Vec<(String, Value)>) -> Vec<Setting> {
    let value = |list: &[(String, Value)], name: &str| {
        let found = list.iter().find(|(other, _)| other == name);
        found.map_or(Value::Null, |(_, value)| value.clone())
    };
    let gone = old
        .iter()
        .filter(|(name, _)| !new.iter().any(|(other, _)| other == name));
    new.iter()
        .chain(gone)
        .map(|(name, _)| Setting {
            name: name.clone(),
            old: value(&old, name),
            new: value(&new, name),
        })
        .filter(|setting| setting.old != setting.new)
        .collect()
}
