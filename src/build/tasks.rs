//! The files of a build, and how each is written: uses and evaluated rows rendered in chunks, in their order.

use std::collections::BTreeMap;

use super::plan::Plan;
use super::request::Request;
use crate::catalog::Profile;
use crate::digest::Digest;
use crate::mix::{Unit, Use, positional_uses, shard_of, uses};
use crate::shard::ShardFacts;

/// One file to write: which uses or units, of which split.
pub(super) struct Task {
    pub split: &'static str,
    pub file: String,
    pub jobs: Jobs,
}

pub(super) enum Jobs {
    /// Each through one template, in the order of the uses.
    Uses(Vec<Use>),
    /// Each through all forward templates, in this order, by the index of their dataset.
    Units(Vec<(u32, Unit)>),
}

impl Jobs {
    pub fn len(&self) -> usize {
        match self {
            Self::Uses(uses) => uses.len(),
            Self::Units(units) => units.len(),
        }
    }
}

/// What writing one file came to.
pub(super) struct Done {
    pub facts: ShardFacts,
    /// Examples by dataset and template.
    pub counts: BTreeMap<(u32, String), u64>,
    /// Content digests of each dataset's examples in this file.
    pub contents: BTreeMap<u32, Digest>,
}

/// The files of a build: the training split in as many shards as asked, the others in one each.
pub(super) fn tasks(plan: &Plan<'_>, ids: &[String], request: &Request) -> Vec<Task> {
    let name = |split: &str, at: u32, of: u32| format!("data/{split}-{at:05}-of-{of:05}.{}", request.format.name());
    let mut shards: Vec<Vec<Use>> = (0..request.shards).map(|_| Vec::new()).collect();
    let (mut validation, mut test, mut exemplars) = (Vec::new(), Vec::new(), Vec::new());
    for (at, id) in ids.iter().enumerate() {
        let (_, pool, _) = &plan.gathered.pools[id];
        let dataset = at as u32;
        let quota = plan.quotas.get(id).map_or(0, |q| q.examples);
        let made = match plan.mixture.profile {
            Profile::Sets => uses(dataset, pool, quota, plan.draws),
            Profile::Repo => positional_uses(dataset, pool, quota, plan.draws),
        };
        for used in made {
            shards[shard_of(used.order, request.shards) as usize].push(used);
        }
        let reserved = pool.reserved.iter();
        validation.extend(reserved.map(|unit| Use::new(dataset, pool, unit, 0, plan.draws)));
        test.extend(pool.test.iter().map(|unit| (dataset, *unit)));
        exemplars.extend(pool.exemplars.iter().map(|unit| (dataset, *unit)));
    }
    let train = shards.into_iter().enumerate().map(|(at, uses)| Task {
        split: "train",
        file: name("train", at as u32, request.shards),
        jobs: Jobs::Uses(uses),
    });
    let rest = [
        ("validation", Jobs::Uses(validation)),
        ("test", Jobs::Units(test)),
        ("exemplars", Jobs::Units(exemplars)),
    ];
    let rest = rest.into_iter().map(|(split, jobs)| Task {
        split,
        file: name(split, 0, 1),
        jobs,
    });
    train.chain(rest).collect()
}
