//! What a mixture would take of each dataset, by the rows that their publishers count: no data is needed for that.

use std::collections::BTreeMap;

use crate::catalog::{self, Catalog, Mixture};
use crate::mix::{self, Quota};

/// The quotas of a mixture, where all it trains on says how many rows were published; else nothing.
pub fn planned(catalog: &Catalog, mixture: &Mixture) -> BTreeMap<String, Quota> {
    let selection = catalog::selection(catalog, mixture);
    let mut rows = BTreeMap::new();
    for dataset in selection.trained.iter().filter_map(|id| catalog.datasets.get(id)) {
        if dataset.templates.is_empty() {
            continue;
        }
        let Some(published) = dataset.published else {
            return BTreeMap::new();
        };
        let capped = mixture.cap.map_or(published, |cap| published.min(cap));
        rows.insert(dataset.id.clone(), (dataset.cluster().to_string(), capped));
    }
    mix::quotas(mixture, &rows)
}
