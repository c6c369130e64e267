//! Templates that gave no example though rows drew them again and again: their guard keeps every row out, or they fail.

use super::plan::Plan;
use crate::catalog::Style;
use crate::mix::drawn_templates;
use crate::shard::Manifest;

/// Examples that a template has to be expected to give, for none to say something: chance leaves it without one of so many
/// once in a hundred million builds (e^-20).
const EXPECTED: u64 = 20;

/// A template without an example in the training split.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Silent {
    pub dataset: String,
    pub template: String,
}

/// The silent templates of a build, by dataset.
pub(super) fn silent(plan: &Plan<'_>, manifest: &Manifest) -> Vec<Silent> {
    let mut found = Vec::new();
    // A turn that goes by a field may never come to a template.
    if plan.mixture.instruct != Style::Template || plan.mixture.round_robin.is_some() {
        return found;
    }
    for (id, facts) in &manifest.datasets {
        let Some((dataset, ..)) = plan.gathered.pools.get(id) else {
            continue;
        };
        let drawn = drawn_templates(&plan.mixture, dataset).into_iter();
        let drawn: Vec<_> = drawn.map(|at| &dataset.templates[at]).collect();
        let tickets: u64 = drawn.iter().map(|template| u64::from(template.tickets)).sum();
        let expected = |tickets_of_one: u32| facts.achieved * u64::from(tickets_of_one) / tickets.max(1);
        let mute = drawn.into_iter().filter(|template| {
            expected(template.tickets) >= EXPECTED && facts.templates.get(&template.name).is_none_or(|n| *n == 0)
        });
        found.extend(mute.map(|template| Silent {
            dataset: id.clone(),
            template: template.name.clone(),
        }));
    }
    found
}
