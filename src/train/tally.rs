//! Losses by what their examples are: in all, by cluster, by dataset, by template.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::data::Name;

/// Sums of losses, each with how many there were.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// By the kind and the name of a group.
    groups: BTreeMap<String, BTreeMap<String, Sum>>,
    all: Sum,
}

/// A sum, whose bits are kept as they are where it is stored: decimals could change the last of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Sum {
    bits: u64,
    count: u64,
}

impl Sum {
    fn add(&mut self, sum: f64, count: u64) {
        self.bits = (f64::from_bits(self.bits) + sum).to_bits();
        self.count += count;
    }

    fn mean(self) -> f64 {
        f64::from_bits(self.bits) / self.count as f64
    }
}

impl Tally {
    /// Adds the losses of the supervised tokens of one example.
    pub fn add(&mut self, name: &Name, losses: &[f64]) {
        let (sum, count) = (losses.iter().sum(), losses.len() as u64);
        self.all.add(sum, count);
        let template = format!("{}/{}", name.dataset, name.template);
        for (kind, group) in [
            ("clusters", &name.cluster),
            ("datasets", &name.dataset),
            ("templates", &template),
        ] {
            let groups = self.groups.entry(kind.to_string()).or_default();
            groups.entry(group.clone()).or_default().add(sum, count);
        }
    }

    /// The mean over all tokens; `None` where there were none.
    pub fn mean(&self) -> Option<f64> {
        (self.all.count > 0).then(|| self.all.mean())
    }

    /// The means, as they are logged.
    pub fn to_json(&self) -> Value {
        let mut object = Map::new();
        object.insert("loss".to_string(), json!(self.mean()));
        object.insert("supervised".to_string(), json!(self.all.count));
        for (kind, groups) in &self.groups {
            let means = groups
                .iter()
                .map(|(name, sum)| (name.clone(), json!({ "loss": sum.mean(), "supervised": sum.count })));
            object.insert(kind.clone(), Value::Object(means.collect()));
        }
        Value::Object(object)
    }
}
