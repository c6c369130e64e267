//! The files of a build, and how each is written: uses and evaluated rows rendered in chunks, in their order.

use std::collections::BTreeMap;

use super::plan::Plan;
use super::request::{Request, ShardBy};
use crate::catalog::Profile;
use crate::digest::Digest;
use crate::mix::{Unit, Use, positional_uses, shard_of, uses};
use crate::shard::{ShardFacts, TokenCounts};

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
    /// Examples by dataset and template; those that are in the file.
    pub counts: BTreeMap<(u32, String), u64>,
    /// Content digests of each dataset's examples in this file.
    pub contents: BTreeMap<u32, Digest>,
    /// Where each example of a training shard stands in the mixture, if the shard does not say so by its own order.
    pub places: Vec<u64>,
    /// What tokenising came to, by dataset and template, where the file is one of tokens.
    pub tokens: BTreeMap<(u32, String), TokenCounts>,
}

/// Examples of one dataset that a shard holds, about, where shards are of one dataset.
const OF_ONE: u64 = 50_000;

/// The files of a build. By mixture: the training split in as many shards as asked, the others in one each. By dataset:
/// each split of each dataset in files of its own, training in at most as many as asked.
pub(super) fn tasks(plan: &Plan<'_>, ids: &[String], request: &Request) -> Vec<Task> {
    let all: Vec<u32> = (0..ids.len() as u32).collect();
    match request.shard_by {
        ShardBy::Mixture => files(plan, ids, request, &all, ""),
        ShardBy::Dataset => {
            let of_one = |at: &u32| {
                files(
                    plan,
                    ids,
                    request,
                    &[*at],
                    &format!("-{}", file_name(&ids[*at as usize])),
                )
            };
            let tasks = all.iter().flat_map(of_one).filter(|task| task.jobs.len() > 0);
            let mut tasks: Vec<Task> = tasks.collect();
            let splits = ["train", "validation", "test", "exemplars"];
            tasks.sort_by_key(|task| splits.iter().position(|split| *split == task.split));
            tasks
        }
    }
}

/// A dataset's name where a file is named after it.
fn file_name(id: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let written = |byte: u8| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    id.bytes().map(written).collect()
}

/// The files of some datasets.
fn files(plan: &Plan<'_>, ids: &[String], request: &Request, datasets: &[u32], infix: &str) -> Vec<Task> {
    let format = request.format.name();
    let name = |split: &str, at: u32, of: u32| format!("data/{split}{infix}-{at:05}-of-{of:05}.{format}");
    let quota = |dataset: u32| plan.quotas.get(&ids[dataset as usize]).map_or(0, |q| q.examples);
    let count = match request.shard_by {
        ShardBy::Mixture => request.shards,
        ShardBy::Dataset => {
            let wanted = datasets.iter().map(|at| quota(*at)).sum::<u64>().div_ceil(OF_ONE);
            u32::try_from(wanted).unwrap_or(u32::MAX).clamp(1, request.shards)
        }
    };
    // Sizes are binomial; a shard that gets more than this grows once.
    let expected = datasets.iter().map(|at| quota(*at)).sum::<u64>() / u64::from(count);
    let room = usize::try_from(expected + expected / 32).map_or(0, |room| room.min(1 << 24));
    let mut shards: Vec<Vec<Use>> = (0..count).map(|_| Vec::with_capacity(room)).collect();
    let (mut validation, mut test, mut exemplars) = (Vec::new(), Vec::new(), Vec::new());
    for dataset in datasets.iter().copied() {
        let (_, pool, _) = &plan.gathered.pools[&ids[dataset as usize]];
        let take = |used: Use| shards[shard_of(used.order, count) as usize].push(used);
        match plan.mixture.profile {
            Profile::Fixed | Profile::Paper => uses(dataset, pool, quota(dataset), plan.draws, take),
            Profile::Repo => positional_uses(dataset, pool, quota(dataset), plan.draws, take),
        }
        let reserved = pool.reserved.iter();
        validation.extend(reserved.map(|unit| Use::new(dataset, pool, unit, 0, plan.draws)));
        test.extend(pool.test.iter().map(|unit| (dataset, *unit)));
        exemplars.extend(pool.exemplars.iter().map(|unit| (dataset, *unit)));
    }
    let train = shards.into_iter().enumerate().map(|(at, uses)| Task {
        split: "train",
        file: name("train", at as u32, count),
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
