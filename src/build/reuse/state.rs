//! What an example hangs on beside its use: the rows, the declaration and the templates of its dataset, and the settings
//! of the mixture that reach into an example.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::build::digest::{dataset_meaning, rows_meaning, template_meaning};
use crate::build::facts::settings;
use crate::build::plan::Plan;
use crate::catalog::{BudgetUnit, Dataset, Mixture, Profile, Style};
use crate::digest::{EDITION, Hasher, hex};
use crate::mix::{Pool, drawn_templates};
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
    /// Those that training rows draw from, in the order they stand in.
    pub drawn: Vec<String>,
    /// Set where examples hang on other rows and templates too, so that all of them can be taken over or none: under
    /// `profile repo` a digest over the rows in their order and the places of the templates.
    pub all_or_none: Option<String>,
}

impl State {
    /// The templates that are not now what they were, by name: changed, new or gone. `None` where something else than
    /// templates has changed, so that no example can be taken over.
    pub fn changed(&self, before: &State) -> Option<BTreeSet<String>> {
        let same =
            |a: &State, b: &State| (&a.rendering, &a.declaration, &a.rows) == (&b.rendering, &b.declaration, &b.rows);
        if !same(self, before) || (self.all_or_none.is_some() && self != before) {
            return None;
        }
        let names = self.templates.keys().chain(before.templates.keys());
        // One that joins the draw or leaves it is another one, whatever it says.
        let differs = |name: &&String| {
            self.templates.get(*name) != before.templates.get(*name)
                || self.drawn.contains(*name) != before.drawn.contains(*name)
        };
        Some(names.filter(differs).cloned().collect())
    }
}

/// The state of each dataset of a plan, in the order of `ids`.
pub fn states(plan: &Plan<'_>, ids: &[String], sample: Option<u64>, tokenizer: Option<&Tokenizer>) -> Vec<State> {
    let rendering = rendering(&plan.mixture, plan.draws.seed, sample, tokenizer);
    ids.iter()
        .map(|id| {
            let (dataset, pool, _) = &plan.gathered.pools[id];
            let templates = dataset.templates.iter().filter(|template| plan.mixture.uses(template));
            let drawn = drawn_templates(&plan.mixture, dataset).into_iter();
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
                drawn: drawn.map(|at| dataset.templates[at].name.clone()).collect(),
                all_or_none: match (plan.mixture.profile, &plan.mixture.shots) {
                    (Profile::Repo, _) => Some(places(dataset, pool)),
                    (_, Some(_)) => Some(String::new()),
                    _ => None,
                },
            }
        })
        .collect()
}

/// A digest over the rows in their order, and the templates by their places.
fn places(dataset: &Dataset, pool: &Pool) -> String {
    let mut hasher = Hasher::new("places");
    for template in &dataset.templates {
        hasher
            .part(template.identity.as_bytes())
            .part(&template.position.to_be_bytes());
    }
    for units in [&pool.kept, &pool.reserved, &pool.test, &pool.exemplars] {
        hasher.part(&(units.len() as u64).to_be_bytes());
        for unit in units {
            hasher.part(&pool.digest(unit));
        }
    }
    hex(&hasher.finish())
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
