//! What the files declare, sound or not, and where: so that one can ask for the mistakes of one thing.

use std::collections::BTreeSet;

use crate::diagnostic::Span;
use crate::syntax::ast::{Declares, Item};

/// One item of a file.
#[derive(Clone, Debug)]
pub struct Declared {
    /// The dataset that it is, or those whose templates it holds.
    pub datasets: Vec<String>,
    /// The clusters that it says it is in, for a dataset.
    pub clusters: Vec<String>,
    pub is_dataset: bool,
    /// All of it; of something that could not be read, its name.
    pub span: Span,
}

/// The items that are or serve datasets, and the others whose extent is known.
pub fn outline(items: &[Item]) -> Vec<Declared> {
    let mut found = Vec::new();
    for item in items {
        let (datasets, clusters, is_dataset, span) = match item {
            Item::Dataset(dataset) => (
                vec![&dataset.name],
                dataset.clusters.iter().collect(),
                true,
                dataset.span,
            ),
            Item::Templates(set) => (set.datasets.iter().collect(), Vec::new(), false, set.span),
            Item::Mixture(mixture) => (Vec::new(), Vec::new(), false, mixture.span),
            Item::Broken(Declares::Dataset, name) => (vec![name], Vec::new(), true, name.span),
            Item::Broken(..) | Item::Cluster(_) => continue,
        };
        let names = |words: Vec<&crate::syntax::ast::Word>| words.into_iter().map(|word| word.value.clone()).collect();
        found.push(Declared {
            datasets: names(datasets),
            clusters: names(clusters),
            is_dataset,
            span,
        });
    }
    found
}

/// The names of the mixtures, sound or not.
pub fn mixtures(items: &[Item]) -> BTreeSet<String> {
    let name = |item: &Item| match item {
        Item::Mixture(mixture) => Some(mixture.name.value.clone()),
        Item::Broken(Declares::Mixture, name) => Some(name.value.clone()),
        _ => None,
    };
    items.iter().filter_map(name).collect()
}
