//! The renderer of one dataset: its bodies compiled once, its rows appended one at a time.

use std::ops::Range;

use super::answer::Facts;
use super::plain;
use super::sight::{self, Sight};
use crate::catalog::{Dataset, Style, Template, Text, label_names};
use crate::jinja::{Bodies, Reason};
use crate::source::Row;

/// Where the texts of examples go: each is appended, so that these may be whole columns.
pub struct Texts<'o> {
    pub inputs: &'o mut String,
    pub targets: &'o mut String,
    pub system: &'o mut String,
}

/// What was appended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rendered {
    /// Whether there is a system text; without one, nothing was appended to that column.
    pub system: bool,
    /// The bytes of this example's inputs that show the options.
    pub options_span: Option<Range<usize>>,
}

/// Why a template cannot be used for a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// The body fails on this row, and says why.
    Render(String),
    EmptyTarget,
}

/// The choices within one example that a draw makes.
#[derive(Clone, Debug, Default)]
pub struct Variant {
    /// Which of several answers is the target.
    pub reference: usize,
    /// The order the options are shown in, as indices into the declared order; `None`: as declared.
    pub order: Option<Vec<usize>>,
}

/// Renders the rows of one dataset. Threads share it.
pub struct Renderer<'a> {
    dataset: &'a Dataset,
    bodies: Bodies,
    /// One for each template of the dataset.
    parts: Vec<Parts>,
    labels: Vec<&'a str>,
    /// The fields that are shown where there is no template.
    shown: Vec<usize>,
}

/// The bodies of a template, by their numbers in [`Bodies`].
struct Parts {
    when: Option<usize>,
    input: usize,
    target: usize,
    system: Option<usize>,
}

impl<'a> Renderer<'a> {
    /// Compiles the bodies of a dataset: lowered where they can be, else for minijinja.
    pub fn new(dataset: &'a Dataset) -> Self {
        Self::with(dataset, Bodies::new(sight::names(dataset)))
    }

    /// As [`Renderer::new`], with everything run by minijinja: what lowered bodies are held to.
    pub fn on_minijinja(dataset: &'a Dataset) -> Self {
        Self::with(dataset, Bodies::on_minijinja(sight::names(dataset)))
    }

    fn with(dataset: &'a Dataset, mut bodies: Bodies) -> Self {
        let parts = |template: &Template| {
            let mut body = |text: &Text| bodies.add(&text.value).expect("the catalog has read this body");
            Parts {
                input: body(&template.input),
                target: body(&template.target),
                system: template.system.as_ref().map(body),
                when: template
                    .when
                    .as_ref()
                    .map(|when| bodies.add_condition(when).expect("the catalog has read this condition")),
            }
        };
        Self {
            dataset,
            parts: dataset.templates.iter().map(parts).collect(),
            bodies,
            labels: label_names(dataset),
            shown: plain::shown(dataset),
        }
    }

    /// How the bodies of a template run: as programs, or on minijinja for a reason.
    pub fn lowered(&self, template: usize) -> Result<(), &Reason> {
        let parts = &self.parts[template];
        let all = [Some(parts.input), Some(parts.target), parts.system, parts.when];
        all.into_iter().flatten().try_for_each(|body| self.bodies.lowered(body))
    }

    /// How often a lowered body was left to minijinja after all, which is slow and nothing worse.
    pub fn undecided(&self) -> u64 {
        self.bodies.undecided()
    }

    /// Whether a template's guard lets it compete for a row.
    pub fn admits(&self, template: usize, row: Row<'_>) -> Result<bool, Failure> {
        let Some(when) = self.parts[template].when else {
            return Ok(true);
        };
        // A guard reads fields and labels alone.
        let facts = Facts::default();
        let sight = self.sight(row, &facts, 0);
        self.bodies.holds(when, &sight).map_err(Failure::Render)
    }

    /// Appends a row seen through a template, and leaves its answer side in `facts`. Where it fails, everything in
    /// `out` is as it was.
    pub fn render<'r>(
        &'r self,
        template: usize,
        row: Row<'r>,
        variant: &Variant,
        facts: &mut Facts<'r>,
        out: &mut Texts<'_>,
    ) -> Result<Rendered, Failure> {
        let tree: &Template = &self.dataset.templates[template];
        facts.read(self.dataset, row, tree.says, variant);
        whole(out, |out| {
            let parts = &self.parts[template];
            let sight = self.sight(row, facts, variant.reference);
            let start = out.inputs.len();
            let options = self.part(parts.input, &tree.input, &sight, out.inputs)?;
            let length = out.inputs.len() - start;
            let target = out.targets.len();
            self.part(parts.target, &tree.target, &sight, out.targets)?;
            if out.targets[target..].trim().is_empty() {
                return Err(Failure::EmptyTarget);
            }
            if let (Some(system), Some(text)) = (parts.system, &tree.system) {
                self.part(system, text, &sight, out.system)?;
            }
            Ok(Rendered {
                system: tree.system.is_some(),
                options_span: options.map(|span| span.start..span.end.min(length)),
            })
        })
    }

    /// Appends a row without any template, as the ablations do.
    pub fn plain<'r>(
        &'r self,
        style: Style,
        row: Row<'r>,
        variant: &Variant,
        facts: &mut Facts<'r>,
        out: &mut Texts<'_>,
    ) -> Result<Rendered, Failure> {
        facts.read(self.dataset, row, 0, variant);
        let target = facts.answer(variant.reference).unwrap_or_default();
        if target.trim().is_empty() {
            return Err(Failure::EmptyTarget);
        }
        let start = out.inputs.len();
        if style == Style::DatasetName {
            for text in ["[", &self.dataset.title, "] "] {
                out.inputs.push_str(text);
            }
        }
        plain::bare(&self.shown, row, out.inputs);
        let options_span = facts.options().map(|options| {
            out.inputs.push('\n');
            let from = out.inputs.len() - start;
            sight::push_options(options, out.inputs);
            from..out.inputs.len() - start
        });
        out.targets.push_str(target);
        Ok(Rendered {
            system: false,
            options_span,
        })
    }

    fn sight<'s>(&'s self, row: Row<'s>, facts: &'s Facts<'s>, reference: usize) -> Sight<'s> {
        Sight {
            dataset: self.dataset,
            labels: &self.labels,
            row,
            facts,
            reference,
        }
    }

    fn part<'s>(
        &'s self,
        body: usize,
        text: &Text,
        sight: &Sight<'s>,
        out: &mut String,
    ) -> Result<Option<Range<usize>>, Failure> {
        let start = out.len();
        let options = self.bodies.render(body, sight, out).map_err(Failure::Render)?;
        if text.ends_in_tag && out.len() > start && out.ends_with('\n') {
            out.pop();
        }
        Ok(options)
    }
}

/// Appends all of an example, or nothing.
fn whole<T>(out: &mut Texts<'_>, append: impl FnOnce(&mut Texts<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
    let before = [out.inputs.len(), out.targets.len(), out.system.len()];
    let appended = append(out);
    if appended.is_err() {
        out.inputs.truncate(before[0]);
        out.targets.truncate(before[1]);
        out.system.truncate(before[2]);
    }
    appended
}
