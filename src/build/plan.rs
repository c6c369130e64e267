//! What a build is going to do: sources read, rows divided, quotas set; nothing rendered yet.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, bail};

use super::read::{Gathered, gather};
use super::request::{Progress, Request};
use super::reuse::Tally;
use crate::catalog::{self, Catalog, Mixture, Selection};
use crate::mix::{Draws, Quota, quotas};

/// What failed where the disk does not give back the rows of a build.
pub(super) const DISK: &str = "cannot read the rows that were kept beside the build";

/// What a build is going to do, before anything is rendered.
pub struct Plan<'a> {
    pub mixture: Mixture,
    pub selection: Selection,
    pub gathered: Gathered<'a>,
    pub quotas: BTreeMap<String, Quota>,
    pub(super) draws: Draws,
}

impl Plan<'_> {
    /// An error where the disk did not give what was put there: nothing that was made of this plan may be used then.
    pub(super) fn sound(&self) -> anyhow::Result<()> {
        let mut pools = self.gathered.pools.values();
        pools.try_for_each(|(_, pool, _)| pool.rows.sound()).context(DISK)
    }
}

/// Reads every source of a mixture and decides what it gives. All sources that fail are reported together.
pub fn plan<'a>(
    catalog: &'a Catalog,
    request: &Request,
    tally: &Tally,
    progress: Progress<'_>,
) -> anyhow::Result<Plan<'a>> {
    let names = catalog.mixtures.keys().map(String::as_str);
    if catalog.mixtures.is_empty() {
        bail!(
            "the project has no mixture, so there is nothing to build\nhelp: write `mixture {} {{}}` into a `.flan` file: it takes all datasets",
            request.mixture
        );
    }
    let Some(mixture) = catalog.mixtures.get(&request.mixture) else {
        match crate::text::suggest(&request.mixture, names) {
            Some(near) => bail!("no mixture is named `{}`; did you mean `{near}`?", request.mixture),
            None => bail!("no mixture is named `{}`; `flanc list` shows them all", request.mixture),
        }
    };
    let Some(mixture) = mixture.counted(request.tokens.is_some()) else {
        bail!(
            "mixture `{}` counts its shots in tokens\nhelp: say which, with `--tokenizer PATH`, or write `budget N tokens else N words`",
            mixture.name
        );
    };
    let selection = catalog::selection(catalog, &mixture);
    let gathered = gather(catalog, &mixture, &selection, request, tally, progress);
    if !gathered.problems.is_empty() {
        bail!("{}", gathered.problems.join("\n"));
    }
    let rows: BTreeMap<String, (String, u64)> = gathered
        .pools
        .iter()
        .filter(|(id, _)| selection.trained.contains(*id))
        .map(|(id, (dataset, pool, _))| (id.clone(), (dataset.cluster().to_string(), pool.kept.len() as u64)))
        .collect();
    let quotas = quotas(&mixture, &rows);
    if !gathered.missing.is_empty() && !request.allow_missing {
        bail!("{}", absence(catalog, &mixture, &selection.trained, &gathered, &rows));
    }
    let draws = Draws {
        seed: request.seed.unwrap_or(mixture.seed),
    };
    let plan = Plan {
        mixture,
        selection,
        gathered,
        quotas,
        draws,
    };
    plan.sound()?;
    Ok(plan)
}

/// What is missing, and what going on without it would do to the rates.
fn absence(
    catalog: &Catalog,
    mixture: &Mixture,
    trained: &BTreeSet<String>,
    gathered: &Gathered<'_>,
    rows: &BTreeMap<String, (String, u64)>,
) -> String {
    let mut out = String::new();
    let mut with = rows.clone();
    let (mut gone, mut unknown) = (BTreeSet::new(), BTreeSet::new());
    for missing in &gathered.missing {
        let what = match &missing.split {
            Some(split) => format!("split `{split}`"),
            None => "the source".to_string(),
        };
        let id = missing.dataset.as_str();
        out.push_str(&format!("{what} of `{id}` is absent: {}\n", missing.reason));
        // A dataset that is not trained on has no share; one that lacks another split has its own all the same.
        if !trained.contains(id) || rows.get(id).is_some_and(|(_, kept)| *kept > 0) {
            continue;
        }
        gone.insert(id);
        let dataset = &catalog.datasets[id];
        let Some(published) = dataset.published else {
            unknown.insert(id);
            continue;
        };
        let capped = mixture.cap.map_or(published, |cap| published.min(cap));
        with.insert(id.to_string(), (dataset.cluster().to_string(), capped));
    }
    if !rows.is_empty() && !gone.is_empty() {
        let list = |names: &BTreeSet<&str>| crate::text::list(&names.iter().collect::<Vec<_>>());
        if unknown.is_empty() {
            let shares = crate::mix::shares(mixture, &with);
            let lost: f64 = gone.iter().filter_map(|id| shares.get(*id)).sum();
            out.push_str(&format!(
                "without {} the other datasets take over {:.1} % of the mixture, which is theirs by their published rows\n",
                list(&gone),
                lost.max(0.0) * 100.0
            ));
        } else {
            out.push_str(&format!(
                "the other datasets take over the share of {}; how much that is cannot be known while {} {} no `published`, \
                 the number of rows\n",
                list(&gone),
                list(&unknown),
                if unknown.len() == 1 { "says" } else { "say" }
            ));
        }
    }
    out.push_str("help: put the files in place, choose another --source, or go on without them with --allow-missing");
    out
}
