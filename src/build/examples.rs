//! Uses to rows of a block: the template of each use, its shots, its columns.

use std::collections::BTreeMap;
use std::io;

use super::reuse::Found;
use super::shots::{Ring, ShotWriter};
use crate::catalog::{Dataset, Mixture, OptionsOrder, Profile, Role, Several, Style};
use crate::digest::{Digest, id64, push_hex};
use crate::mix::{Draws, Fate, Pool, Unit, Use, drawn_templates, option_order, reference, score, tickets};
use crate::render::{self, Facts, Failure, Rendered, Renderer, Texts, Variant};
use crate::shard::{Block, TextColumn};
use crate::source::Row;
use crate::token::Tokenizer;

/// Bytes of the digest that a row key or a group shows, each as two characters.
const KEY: usize = 16;

/// A digest as a shard shows it.
pub fn short(digest: &Digest) -> String {
    crate::digest::hex(&digest[..KEY])
}

/// The names of the rows that no template made.
pub const PLAIN: [&str; 2] = ["none", "dataset_name"];

/// Renders the uses of one dataset.
pub struct Examples<'a> {
    pub dataset: &'a Dataset,
    mixture: &'a Mixture,
    pool: &'a Pool,
    draws: Draws,
    renderer: Renderer<'a>,
    /// Templates of the mixture, by index, in the order of their names.
    templates: Vec<usize>,
    /// Those of them that training rows draw from, with what they draw by.
    drawn: Vec<(usize, Vec<u64>)>,
    round_robin: Option<usize>,
    shots: Option<ShotWriter<'a>>,
    train_ring: Ring,
    test_ring: Ring,
    positions: BTreeMap<u32, u64>,
}

/// An example that was made.
#[derive(Clone, Copy, Debug)]
pub struct Made {
    /// Its template, by index; after the last one: [`PLAIN`].
    pub template: usize,
    /// Whether that was the first template of its draw.
    pub first: bool,
}

/// The example that was made, or why there is none. An error is one of the disk that rows are kept on.
pub type Outcome = io::Result<Result<Made, Fate>>;

/// What one thread needs again and again.
#[derive(Default)]
pub struct Scratch {
    /// Where a row is read to that is not in memory.
    pub row: Vec<u8>,
    order: Vec<(u64, usize)>,
}

/// Brings the rows of some uses into the cache, all at once; see [`crate::source::Rows::locate`].
pub fn bring_near(uses: &[Use], examples: &[Examples<'_>]) {
    let pools = uses
        .iter()
        .map(|used| (examples[used.dataset as usize].pool, used.unit.row as usize));
    let known = pools.clone().map(|(pool, row)| pool.locate(row));
    std::hint::black_box(known.fold(0, u64::wrapping_add));
    std::hint::black_box(pools.map(|(pool, row)| pool.rows.touch(row)).fold(0, u64::wrapping_add));
}

/// A use on its way into a block: its row and its draws are at hand, whatever templates it goes through.
pub struct Example<'e> {
    used: &'e Use,
    split: &'e str,
    row: Row<'e>,
    key: Digest,
    /// What the rows share that belong together with it.
    component: Digest,
    variant: Variant,
}

impl<'a> Examples<'a> {
    /// `tokenizer` counts a budget of tokens.
    pub fn new(
        dataset: &'a Dataset,
        mixture: &'a Mixture,
        pool: &'a Pool,
        draws: Draws,
        tokenizer: Option<&'a Tokenizer>,
    ) -> Self {
        let templates = (0..dataset.templates.len()).filter(|at| mixture.uses(&dataset.templates[*at]));
        let rings = mixture.shots.as_ref().filter(|shots| shots.count > 0);
        let ring = |units: &[Unit]| Ring::new(pool, if rings.is_some() { units } else { &[] });
        let positional = mixture.profile == Profile::Repo;
        let by = mixture.round_robin.as_ref();
        Self {
            dataset,
            mixture,
            pool,
            draws,
            renderer: Renderer::new(dataset),
            templates: templates.collect(),
            drawn: drawn_templates(mixture, dataset)
                .into_iter()
                .map(|at| {
                    let template = &dataset.templates[at];
                    (at, tickets(&template.identity, template.tickets))
                })
                .collect(),
            round_robin: by.and_then(|field| dataset.field(field)),
            shots: rings.map(|shots| ShotWriter::new(shots, positional, tokenizer)),
            train_ring: ring(&pool.kept),
            test_ring: ring(&pool.exemplars),
            positions: if positional {
                pool.kept.iter().enumerate().map(|(at, u)| (u.row, at as u64)).collect()
            } else {
                BTreeMap::new()
            },
        }
    }

    /// The name of a template by the index that an [`Outcome`] gives.
    pub fn name(&self, template: usize) -> &'a str {
        let templates = &self.dataset.templates;
        match templates.get(template) {
            Some(template) => &template.name,
            None => PLAIN[(template - templates.len()).min(1)],
        }
    }

    /// What draws of a use go by.
    pub fn digest(&self, used: &Use) -> Digest {
        self.pool.digest(&used.unit)
    }

    /// Adds the row of a training (or validation) use: through the first template in the order of its draw that can be used.
    pub fn train(&self, used: &Use, split: &str, block: &mut Block, scratch: &mut Scratch) -> Outcome {
        let Scratch { row, order } = scratch;
        let example = self.example(used, split, row)?;
        let row = example.row;
        if self.mixture.instruct != Style::Template {
            let made = |template| Made { template, first: true };
            return Ok(self.plain(&example, block).map(made));
        }
        // Why the last one failed that was tried.
        let mut last = Fate::NoTemplateUsable;
        let tried = self.first(used, row);
        if let Some(template) = tried {
            match self.through(template, &example, block) {
                Ok(true) => return Ok(Ok(Made { template, first: true })),
                Ok(false) => {}
                Err(failure) => last = fate_of(&failure),
            }
        }
        self.order(used, row, order);
        for template in order.iter().map(|(_, at)| *at).filter(|at| Some(*at) != tried) {
            match self.through(template, &example, block) {
                Ok(true) => return Ok(Ok(Made { template, first: false })),
                Ok(false) => {}
                Err(failure) => last = fate_of(&failure),
            }
        }
        Ok(Err(last))
    }

    /// The templates that an evaluated unit goes through, by index, in the order of their names.
    pub fn forward(&self) -> impl Iterator<Item = usize> {
        let templates = self.templates.iter().copied();
        templates.filter(|at| self.dataset.templates[*at].role == Role::Forward)
    }

    /// A use whose row is read, into `scratch` if it is not in memory.
    pub fn example<'e>(&'e self, used: &'e Use, split: &'e str, scratch: &'e mut Vec<u8>) -> io::Result<Example<'e>> {
        let at = used.unit.row as usize;
        let row = self.pool.rows.row(at, scratch)?;
        let mut reader = self.pool.rows.identities(1);
        let identities = reader.of(at);
        let key = self.pool.key_of(at, &identities);
        Ok(Example {
            used,
            split,
            row,
            component: self.pool.component_of(at, &identities),
            variant: self.variant(used, row, &key),
            key,
        })
    }

    /// Adds the row of an evaluated unit through one template; `None` where a guard keeps the template out.
    pub fn evaluate(&self, example: &Example<'_>, template: usize, block: &mut Block) -> Option<Result<Made, Fate>> {
        match self.through(template, example, block) {
            Ok(true) => Some(Ok(Made { template, first: true })),
            Ok(false) => None,
            Err(failure) => Some(Err(fate_of(&failure))),
        }
    }

    /// The use that an evaluated unit counts as.
    pub fn use_of(&self, dataset: u32, unit: &Unit) -> Use {
        Use::new(dataset, self.pool, unit, 0, self.draws)
    }

    /// The example of a use that was made before, if it would be made again as it was: its template says what it said,
    /// and so do all that were tried before it.
    pub fn still(&self, used: &Use, found: &Found<'_>) -> Option<Made> {
        let first = found.first;
        let name = found.template();
        if self.mixture.instruct != Style::Template {
            let at = PLAIN.iter().position(|plain| *plain == name)?;
            let template = self.dataset.templates.len() + at;
            return Some(Made { template, first });
        }
        let mut templates = self.templates.iter().copied();
        let template = templates.find(|at| self.dataset.templates[*at].name == name)?;
        let changed = |at: usize| found.changed.contains(&self.dataset.templates[at].name);
        if found.changed.is_empty() {
            return Some(Made { template, first });
        }
        if changed(template) {
            return None;
        }
        if self.round_robin.is_some() {
            // Whose turn it is hangs on the names alone; who stood in for whom hangs on the row.
            let names = found.same_names && first;
            return names.then_some(Made { template, first });
        }
        let mut order = Vec::new();
        self.draw(used, &mut order);
        let mut before = order.iter().map(|(_, at)| *at).take_while(|at| *at != template);
        let same = before.all(|at| !changed(at));
        let first = order.first().is_some_and(|(_, at)| *at == template);
        same.then_some(Made { template, first })
    }

    /// The chosen template of a use, which nearly always can be used.
    fn first(&self, used: &Use, row: Row<'_>) -> Option<usize> {
        if self.mixture.profile == Profile::Repo {
            return None;
        }
        if let Some(field) = self.round_robin {
            let at = turn(row, field).checked_rem(self.drawn.len() as u64)?;
            return Some(self.drawn[at as usize].0);
        }
        let identity = |at: usize| self.dataset.templates[at].identity.as_str();
        let scored = self
            .drawn
            .iter()
            .map(|(at, tickets)| (score(used.template, tickets), *at));
        let best = scored.max_by(|a, b| a.0.cmp(&b.0).then_with(|| identity(b.1).cmp(identity(a.1))));
        best.map(|(_, at)| at)
    }

    /// The templates of a use, the chosen one first.
    fn order(&self, used: &Use, row: Row<'_>, order: &mut Vec<(u64, usize)>) {
        order.clear();
        let count = self.drawn.len().max(1) as u64;
        if self.mixture.profile == Profile::Repo {
            let position = |at: usize| self.dataset.templates[at].position as u64;
            order.extend(self.drawn.iter().map(|(at, _)| (position(*at), *at)));
            order.sort_by_key(|(position, _)| *position);
            let place = self.positions.get(&used.unit.row).copied().unwrap_or_default();
            order.rotate_left((place % count) as usize);
        } else if let Some(field) = self.round_robin {
            order.extend(self.drawn.iter().map(|(at, _)| (0, *at)));
            order.rotate_left((turn(row, field) % count) as usize);
        } else {
            self.draw(used, order);
        }
    }

    fn draw(&self, used: &Use, order: &mut Vec<(u64, usize)>) {
        let scored = |(at, tickets): &(usize, Vec<u64>)| (score(used.template, tickets), *at);
        order.extend(self.drawn.iter().map(scored));
        let identity = |at: usize| self.dataset.templates[at].identity.as_str();
        order.sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| identity(a.1).cmp(identity(b.1))));
    }

    /// Adds an example through one template, with its shots; false where a guard keeps the template out.
    fn through(&self, template: usize, example: &Example<'_>, block: &mut Block) -> Result<bool, Failure> {
        if !self.renderer.admits(template, example.row)? {
            return Ok(false);
        }
        let tree = &self.dataset.templates[template];
        let mut facts = Facts::default();
        let mut rendered =
            self.renderer
                .render(template, example.row, &example.variant, &mut facts, &mut texts(block))?;
        let mut exemplars = Vec::new();
        if let (Some(shots), true) = (&self.shots, example.split != "exemplars") {
            let test = example.split == "test";
            let ring = if test { &self.test_ring } else { &self.train_ring };
            let start = block.inputs.start();
            let inputs = &block.inputs.text[start..];
            let (before, shown) = shots.find(inputs, example.used, self.pool, ring, self.draws, &|unit: &Unit| {
                self.shot(template, unit)
            });
            block.inputs.text.insert_str(start, &before);
            let moved = |span: std::ops::Range<usize>| span.start + before.len()..span.end + before.len();
            rendered.options_span = rendered.options_span.map(moved);
            exemplars = shown;
        }
        self.finish(block, (&tree.name, tree.role), example, &facts, rendered, &exemplars);
        Ok(true)
    }

    /// Adds an example without a template.
    fn plain(&self, example: &Example<'_>, block: &mut Block) -> Result<usize, Fate> {
        let style = self.mixture.instruct;
        let mut facts = Facts::default();
        let rendered = self
            .renderer
            .plain(style, example.row, &example.variant, &mut facts, &mut texts(block))
            .map_err(|failure| fate_of(&failure))?;
        let at = usize::from(style == Style::DatasetName);
        self.finish(block, (PLAIN[at], Role::Forward), example, &facts, rendered, &[]);
        Ok(self.dataset.templates.len() + at)
    }

    /// The texts of a row through a template, where it can be shown.
    fn shot(&self, template: usize, unit: &Unit) -> Option<(String, String)> {
        let mut scratch = Vec::new();
        let row = self.pool.rows.row(unit.row as usize, &mut scratch).ok()?;
        if !self.renderer.admits(template, row).unwrap_or(false) {
            return None;
        }
        let variant = Variant {
            reference: unit.reference() as usize,
            order: self.options_order(unit, row, || self.pool.key(unit.row as usize)),
        };
        let shown = self.renderer.example(template, row, &variant).ok()?;
        Some((shown.inputs, shown.targets))
    }

    fn variant(&self, used: &Use, row: Row<'_>, key: &Digest) -> Variant {
        let drawn = match &self.dataset.answer {
            Some(answer) if answer.several == Several::Any => {
                reference(used.template, render::answers(self.dataset, row))
            }
            _ => used.unit.reference() as usize,
        };
        Variant {
            reference: drawn,
            order: self.options_order(&used.unit, row, || *key),
        }
    }

    fn options_order(&self, unit: &Unit, row: Row<'_>, key: impl FnOnce() -> Digest) -> Option<Vec<usize>> {
        if self.mixture.options == OptionsOrder::InOrder {
            return None;
        }
        let mut facts = Facts::default();
        facts.read(self.dataset, row, 0, &Variant::default());
        let count = facts.options().map_or(0, <[&str]>::len);
        Some(option_order(
            &self.draws.keep(&self.pool.digest_by(&key(), unit)),
            count,
        ))
    }

    /// The columns beside the texts.
    fn finish(
        &self,
        block: &mut Block,
        (template, role): (&str, Role),
        example: &Example<'_>,
        facts: &Facts<'_>,
        rendered: Rendered,
        exemplars: &[Digest],
    ) {
        let forward = role == Role::Forward;
        // Options stay where the input shows them.
        match facts.options().filter(|_| forward || rendered.options_span.is_some()) {
            Some(options) => block.options.push(options.iter().copied()),
            None => block.options.push_null(),
        }
        // What is right is the target, unless the row knows other words for it. Turned around, it is the target itself.
        let target = &block.targets.text[block.targets.start()..];
        if forward && facts.answers() != [target] {
            block.answers.push(facts.answers().iter().copied());
        } else {
            block.answers.push_null();
        }
        block.inputs.end();
        block.targets.end();
        if rendered.system {
            block.system.end();
        } else {
            block.system.push_null();
        }
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let span = rendered.options_span;
        block
            .options_span
            .push(span.map(|span| (place(span.start), place(span.end))));
        block.answer_index.push(facts.gold().filter(|_| forward).map(place));
        push_key(&mut block.group, &example.component);
        if exemplars.is_empty() {
            block.exemplars.push([]);
        } else {
            let keys: Vec<String> = exemplars.iter().map(short).collect();
            block.exemplars.push(keys.iter().map(String::as_str));
        }
        block.dataset.push(&self.dataset.id);
        block.family.push(&self.dataset.family);
        block.cluster.push(self.dataset.cluster());
        block.template.push(template);
        block.role.push(role.name());
        block.split.push(example.split);
        push_key(&mut block.row_key, &example.key);
        block.pass.push(example.used.pass);
    }
}

/// The number that a row takes its turn by.
fn turn(row: Row<'_>, field: usize) -> u64 {
    match row.cell(field).text() {
        Some(text) => text.parse::<u64>().unwrap_or_else(|_| id64(text)),
        None => 0,
    }
}

fn texts(block: &mut Block) -> Texts<'_> {
    Texts {
        inputs: &mut block.inputs.text,
        targets: &mut block.targets.text,
        system: &mut block.system.text,
    }
}

fn push_key(column: &mut TextColumn, digest: &Digest) {
    push_hex(&mut column.text, &digest[..KEY]);
    column.end();
}

fn fate_of(failure: &Failure) -> Fate {
    match failure {
        Failure::Render(_) => Fate::RenderFailure,
        Failure::EmptyTarget => Fate::EmptyTarget,
    }
}
