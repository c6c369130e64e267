//! What an example hangs on beside its use: the rows, the declaration and the templates of its dataset, and the settings
//! of the mixture that reach into an example.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::build::digest::{dataset_meaning, rows_meaning, template_meaning};
use crate::build::facts::settings;
use crate::build::plan::Plan;
use crate::catalog::{BudgetUnit, Mixture, Profile, Style};
use crate::digest::{EDITION, Hasher, hex};
use crate::token::Tokenizer;

/// All of a dataset that its examples hang on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The edition, the seed and the settings of the mixture that reach into an example.
    pub rendering: String,
    pub declaration: String,
    /// The set of rows that were read, for each split of the source.
    pub rows: BTreeMap<String, String>,
    /// What each template says, by its present name.
    pub templates: BTreeMap<String, String>,
}

impl State {
    /// The templates that are not now what they were, by name: changed, new or gone. `None` where something else than
    /// templates has changed, so that no example can be taken over.
    pub fn changed(&self, before: &State) -> Option<BTreeSet<String>> {
        let same =
            |a: &State, b: &State| (&a.rendering, &a.declaration, &a.rows) == (&b.rendering, &b.declaration, &b.rows);
        let names = self.templates.keys().chain(before.templates.keys());
        let differs = |name: &&String| self.templates.get(*name) != before.templates.get(*name);
        same(self, before).then(|| names.filter(differs).cloned().collect())
    }
}

/// The state of each dataset of a plan, in the order of `ids`.
pub fn states(plan: &Plan<'_>, ids: &[String], sample: Option<u64>, tokenizer: Option<&Tokenizer>) -> Vec<State> {
    let rendering = rendering(&plan.mixture, plan.draws.seed, sample, tokenizer);
    ids.iter()
        .map(|id| {
            let (dataset, pool, _) = &plan.gathered.pools[id];
            let templates = dataset.templates.iter().filter(|template| plan.mixture.uses(template));
            let mut declaration = Hasher::new("declaration");
            declaration
                .part(&dataset_meaning(dataset))
                .part(dataset.title.as_bytes());
            State {
                rendering: rendering.clone(),
                declaration: hex(&declaration.finish()),
                rows: rows_meaning(pool),
                templates: templates
                    .map(|template| (template.name.clone(), hex(&template_meaning(template))))
                    .collect(),
            }
        })
        .collect()
}

/// Under few-shot prompts and `profile repo` an example hangs on the other rows that are kept, and so on all settings.
/// Under a budget of tokens it hangs on the tokenizer, too.
fn rendering(mixture: &Mixture, seed: u64, sample: Option<u64>, tokenizer: Option<&Tokenizer>) -> String {
    let all = settings(mixture);
    let plain = mixture.shots.is_none() && mixture.profile != Profile::Repo;
    let said = if plain {
        json!([
            all["round_robin"],
            all["options"],
            all["instruct"],
            all["templates_at_most"]
        ])
    } else {
        json!([all, sample])
    };
    let style = mixture.instruct == Style::Template;
    let mut hasher = Hasher::new("rendering");
    hasher
        .part(EDITION.as_bytes())
        .part(env!("CARGO_PKG_VERSION").as_bytes())
        .part(&seed.to_be_bytes())
        .part(said.to_string().as_bytes())
        .part(&[u8::from(style)]);
    let budget = mixture.shots.as_ref().and_then(|shots| shots.budget);
    if let (Some((_, BudgetUnit::Tokens)), Some(tokenizer)) = (budget, tokenizer) {
        hasher.part(&tokenizer.digest());
    }
    hex(&hasher.finish())
}
