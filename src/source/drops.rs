//! The named drops of a dataset: which of them takes a row out, by its values.

use crate::catalog::{Dataset, label_names};
use crate::jinja::{Bodies, Scope, Seen};

use super::typed::{Typed, seen_typed};

/// The drops of a dataset that one of its splits has.
pub struct Drops<'a> {
    dataset: &'a Dataset,
    conditions: Bodies,
    /// The drops of the split by their places in the dataset, each with its number among the conditions.
    applicable: Vec<(usize, usize)>,
    labels: Vec<&'a str>,
}

impl<'a> Drops<'a> {
    pub fn of(dataset: &'a Dataset, split: &str) -> Self {
        let labels = label_names(dataset);
        let fields = dataset.fields.iter().map(|field| field.name.as_str());
        let names = fields.chain(labels.iter().copied()).map(str::to_string);
        let mut conditions = Bodies::new(names.collect());
        let mut applicable = Vec::new();
        for (at, drop) in dataset.drops.iter().enumerate() {
            if drop.splits.is_empty() || drop.splits.iter().any(|name| name == split) {
                let condition = conditions.add_condition(&drop.when);
                applicable.push((at, condition.expect("the catalog has read this condition")));
            }
        }
        Self {
            dataset,
            conditions,
            applicable,
            labels,
        }
    }

    /// The first drop that takes out a row with these values, by its place in the dataset. An error is the place of a
    /// drop that fails on the row, and why.
    pub fn first(&self, values: &[Typed]) -> Result<Option<usize>, (usize, String)> {
        let sight = Sight {
            dataset: self.dataset,
            labels: &self.labels,
            values,
        };
        for (at, condition) in &self.applicable {
            if self
                .conditions
                .holds(*condition, &sight)
                .map_err(|reason| (*at, reason))?
            {
                return Ok(Some(*at));
            }
        }
        Ok(None)
    }
}

/// What a condition sees: the fields of a row that is not packed yet, and the names of labels, each of which means itself.
struct Sight<'s> {
    dataset: &'s Dataset,
    labels: &'s [&'s str],
    values: &'s [Typed],
}

/// The items of a list.
type Items<'s> = std::iter::Map<std::slice::Iter<'s, String>, fn(&'s String) -> &'s str>;

impl<'s> Scope<'s> for Sight<'s> {
    type List = Items<'s>;

    fn value(&self, name: usize) -> Seen<'s, Items<'s>> {
        match (self.dataset.fields.get(name), self.values.get(name)) {
            (Some(field), Some(value)) => {
                seen_typed(&field.kind, value).map_list(|items| items.iter().map(String::as_str as fn(&String) -> &str))
            }
            _ => {
                let label = name.checked_sub(self.dataset.fields.len());
                let label = label.and_then(|label| self.labels.get(label));
                label.map_or(Seen::Undefined, |label| Seen::Text(label))
            }
        }
    }
}
