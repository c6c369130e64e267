//! Uses to records: the template of each use, its shots, its columns.

use std::collections::BTreeMap;

use super::shots::{Ring, ShotWriter};
use crate::catalog::{Dataset, Mixture, OptionsOrder, Profile, Role, Several, Style};
use crate::digest::{Digest, hex, id64};
use crate::mix::{Draws, Fate, Pool, Unit, Use, option_order, reference, template_order};
use crate::render::{Example, Failure, Renderer, Variant, facts};
use crate::shard::Record;
use crate::source::Typed;

/// Characters of a row key or group in a shard: 128 bits of the digest.
pub const KEY: usize = 32;

/// Renders the uses of one dataset.
pub struct Examples<'a> {
    dataset: &'a Dataset,
    mixture: &'a Mixture,
    pool: &'a Pool,
    draws: Draws,
    renderer: Renderer<'a>,
    /// Templates of the mixture, by index, in the order of their names.
    templates: Vec<usize>,
    shots: Option<ShotWriter<'a>>,
    train_ring: Ring,
    test_ring: Ring,
    positions: BTreeMap<u32, u64>,
}

/// A record, or why there is none.
pub type Outcome = Result<Record, Fate>;

impl<'a> Examples<'a> {
    pub fn new(dataset: &'a Dataset, mixture: &'a Mixture, pool: &'a Pool, draws: Draws) -> Self {
        let templates = (0..dataset.templates.len())
            .filter(|at| mixture.uses(&dataset.templates[*at]))
            .collect();
        let rings = mixture.shots.as_ref().filter(|shots| shots.count > 0);
        let ring = |units: &[Unit]| {
            if rings.is_some() {
                Ring::new(units)
            } else {
                Ring::new(&[])
            }
        };
        let positional = mixture.profile == Profile::Repo;
        Self {
            dataset,
            mixture,
            pool,
            draws,
            renderer: Renderer::new(dataset),
            templates,
            shots: rings.map(ShotWriter::new),
            train_ring: ring(&pool.kept),
            test_ring: ring(&pool.exemplars),
            positions: if positional {
                pool.kept.iter().enumerate().map(|(at, u)| (u.row, at as u64)).collect()
            } else {
                BTreeMap::new()
            },
        }
    }

    /// The record of a training (or validation) use: the first template in the order of its draw that can be used.
    pub fn train(&self, used: &Use, split: &str) -> Outcome {
        let variant = self.variant(&used.unit, used);
        if self.mixture.instruct != Style::Template {
            let style = self.mixture.instruct;
            let rendered = self
                .renderer
                .plain(style, &self.pool.rows, used.unit.row as usize, &variant);
            let name = if style == Style::None { "none" } else { "dataset_name" };
            let example = rendered.map_err(|failure| fate_of(&failure))?;
            return Ok(self.record(example, name, Role::Forward, used, split, Vec::new()));
        }
        let mut worst = Fate::NoTemplateUsable;
        for template in self.order(used) {
            match self.through(template, used, &variant, split) {
                Ok(Some((example, exemplars))) => {
                    let tree = &self.dataset.templates[template];
                    return Ok(self.record(example, &tree.name, tree.role, used, split, exemplars));
                }
                Ok(None) => {}
                Err(failure) => worst = fate_of(&failure),
            }
        }
        Err(worst)
    }

    /// The records of an evaluated row: one for each forward template that can be used.
    pub fn evaluate(&self, unit: &Unit, split: &str) -> Vec<Outcome> {
        let used = Use {
            dataset: 0,
            unit: *unit,
            pass: 0,
            digest: self.draws.use_of(&unit.digest, 0),
        };
        let variant = self.variant(unit, &used);
        let mut outcomes = Vec::new();
        for template in &self.templates {
            let tree = &self.dataset.templates[*template];
            if tree.role != Role::Forward {
                continue;
            }
            match self.through(*template, &used, &variant, split) {
                Ok(Some((example, exemplars))) => {
                    outcomes.push(Ok(self.record(example, &tree.name, tree.role, &used, split, exemplars)))
                }
                Ok(None) => {}
                Err(failure) => outcomes.push(Err(fate_of(&failure))),
            }
        }
        if outcomes.is_empty() {
            vec![Err(Fate::NoTemplateUsable)]
        } else {
            outcomes
        }
    }

    /// The templates of a use, the chosen one first.
    fn order(&self, used: &Use) -> Vec<usize> {
        if self.mixture.profile == Profile::Repo {
            let mut placed = self.templates.clone();
            placed.sort_by_key(|at| self.dataset.templates[*at].position);
            let position = self.positions.get(&used.unit.row).copied().unwrap_or_default();
            let start = (position % placed.len().max(1) as u64) as usize;
            placed.rotate_left(start);
            return placed;
        }
        if let Some(at) = self
            .mixture
            .round_robin
            .as_ref()
            .and_then(|field| self.dataset.field(field))
        {
            let number = match self.pool.rows.value(used.unit.row as usize, at) {
                Typed::Text(text) => text.parse::<u64>().unwrap_or_else(|_| id64(&text)),
                _ => 0,
            };
            let mut turned = self.templates.clone();
            let start = (number % turned.len().max(1) as u64) as usize;
            turned.rotate_left(start);
            return turned;
        }
        let named = self.templates.iter().map(|at| {
            let template = &self.dataset.templates[*at];
            (*at, template.identity.as_str(), template.tickets)
        });
        template_order(&used.digest, named)
    }

    /// An example through one template, with its shots; `None` where a guard keeps the template out.
    fn through(
        &self,
        template: usize,
        used: &Use,
        variant: &Variant,
        split: &str,
    ) -> Result<Option<(Example, Vec<Digest>)>, Failure> {
        let row = used.unit.row as usize;
        if !self.renderer.admits(template, &self.pool.rows, row)? {
            return Ok(None);
        }
        let mut example = self.renderer.render(template, &self.pool.rows, row, variant)?;
        let mut exemplars = Vec::new();
        if let (Some(shots), true) = (&self.shots, split != "exemplars") {
            let ring = if split == "test" {
                &self.test_ring
            } else {
                &self.train_ring
            };
            let render = |unit: &Unit| {
                let row = unit.row as usize;
                let admitted = self.renderer.admits(template, &self.pool.rows, row).unwrap_or(false);
                let variant = Variant {
                    reference: unit.reference as usize,
                    order: self.options_order(unit),
                };
                if admitted {
                    self.renderer.render(template, &self.pool.rows, row, &variant).ok()
                } else {
                    None
                }
            };
            exemplars = shots.add(&mut example, used, self.pool, ring, &render);
        }
        Ok(Some((example, exemplars)))
    }

    fn variant(&self, unit: &Unit, used: &Use) -> Variant {
        let drawn = match &self.dataset.answer {
            Some(answer) if answer.several == Several::Any => reference(
                &used.digest,
                facts(self.dataset, &self.pool.rows, unit.row as usize, 0).answers.len(),
            ),
            _ => unit.reference as usize,
        };
        Variant {
            reference: drawn,
            order: self.options_order(unit),
        }
    }

    fn options_order(&self, unit: &Unit) -> Option<Vec<usize>> {
        if self.mixture.options == OptionsOrder::InOrder {
            return None;
        }
        let count = facts(self.dataset, &self.pool.rows, unit.row as usize, 0)
            .options
            .map_or(0, |options| options.len());
        Some(option_order(&self.draws.keep(&unit.digest), count))
    }

    fn record(
        &self,
        example: Example,
        template: &str,
        role: Role,
        used: &Use,
        split: &str,
        exemplars: Vec<Digest>,
    ) -> Record {
        let row = used.unit.row as usize;
        // Turned around, what is right is the target itself; options stay where the input shows them.
        let forward = role == Role::Forward;
        let shows_options = forward || example.options_span.is_some();
        let answers = if forward {
            example.answers
        } else {
            vec![example.targets.clone()]
        };
        let short = |digest: &Digest| hex(digest)[..KEY].to_string();
        Record {
            inputs: example.inputs,
            targets: example.targets,
            system: example.system,
            options: example.options.filter(|_| shows_options),
            options_span: example.options_span.map(|span| (span.start as u32, span.end as u32)),
            answers,
            answer_index: example.answer_index.filter(|_| forward).map(|at| at as u32),
            group: short(&self.pool.components[row]),
            exemplars: exemplars.iter().map(short).collect(),
            dataset: self.dataset.id.clone(),
            family: self.dataset.family.clone(),
            cluster: self.dataset.cluster().to_string(),
            template: template.to_string(),
            role: match role {
                Role::Forward => "forward",
                Role::Reverse => "reverse",
                Role::Turned => "turned",
            }
            .to_string(),
            split: split.to_string(),
            row_key: short(&self.pool.keys[row]),
            pass: used.pass,
        }
    }
}

fn fate_of(failure: &Failure) -> Fate {
    match failure {
        Failure::Render(_) => Fate::RenderFailure,
        Failure::EmptyTarget => Fate::EmptyTarget,
    }
}
