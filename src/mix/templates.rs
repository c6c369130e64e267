//! Which templates of a dataset training rows draw from.

use crate::catalog::{Dataset, Mixture, Role};
use crate::digest::id64;

/// The templates of a dataset that training rows of a mixture draw from, by index, in the order they stand in.
///
/// `templates at most N` takes the first N of this order: forward before turned around, those without a guard before
/// those with one, then by the 64 bits of their names. It hangs on nothing else, so fewer are always among more.
pub fn drawn_templates(mixture: &Mixture, dataset: &Dataset) -> Vec<usize> {
    let templates = &dataset.templates;
    let mut used: Vec<usize> = (0..templates.len())
        .filter(|at| mixture.uses(&templates[*at]))
        .collect();
    if let Some(most) = mixture.templates_at_most {
        used.sort_by_cached_key(|at| {
            let template = &templates[*at];
            let aside = (template.role != Role::Forward, template.when.is_some());
            (aside, id64(&template.identity), template.identity.clone())
        });
        used.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        used.sort_unstable();
    }
    used
}
