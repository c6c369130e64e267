//! Which branches of its templates a row takes.

use super::answer::Facts;
use super::example::Variant;
use super::sight::{self, Sight};
use crate::catalog::{Dataset, label_names};
use crate::jinja::{self, Taken};
use crate::source::Row;

/// A condition in a body of a template.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// `input`, `target` or `system`.
    pub part: &'static str,
    /// As it is written.
    pub condition: String,
}

/// The bodies of a dataset's templates, their decisions watched. For one thread.
pub struct Branches<'a> {
    dataset: &'a Dataset,
    labels: Vec<&'a str>,
    bodies: jinja::Branches,
    /// Of each template: its bodies, and the first decision of each.
    templates: Vec<Watched>,
}

#[derive(Default)]
struct Watched {
    bodies: Vec<(usize, usize)>,
    decisions: Vec<Decision>,
}

impl<'a> Branches<'a> {
    pub fn new(dataset: &'a Dataset) -> Self {
        let mut bodies = jinja::Branches::new(sight::names(dataset));
        let templates = dataset.templates.iter().map(|template| {
            let mut watched = Watched::default();
            let system = template.system.as_ref().map(|text| ("system", text));
            let parts = [("input", &template.input), ("target", &template.target)];
            for (part, text) in system.into_iter().chain(parts) {
                let Some((body, places)) = bodies.add(&text.value) else {
                    // Nobody then takes it for a body without branches.
                    watched.decisions.push(Decision {
                        part,
                        condition: "all of it, since its conditions cannot be watched".to_string(),
                    });
                    continue;
                };
                if places.is_empty() {
                    continue;
                }
                watched.bodies.push((body, watched.decisions.len()));
                let condition = |at: std::ops::Range<usize>| text.value.get(at).unwrap_or_default().to_string();
                let decisions = places.into_iter().map(|at| Decision {
                    part,
                    condition: condition(at),
                });
                watched.decisions.extend(decisions);
            }
            watched
        });
        Self {
            dataset,
            labels: label_names(dataset),
            templates: templates.collect(),
            bodies,
        }
    }

    /// The decisions of a template, in the order of its bodies.
    pub fn decisions(&self, template: usize) -> &[Decision] {
        &self.templates[template].decisions
    }

    /// How the decisions of a template fall for a row, each by its place in [`Branches::decisions`].
    pub fn taken(&self, template: usize, row: Row<'_>) -> Taken {
        let watched = &self.templates[template];
        let mut facts = Facts::default();
        facts.read(
            self.dataset,
            row,
            self.dataset.templates[template].says,
            &Variant::default(),
        );
        let sight = Sight {
            dataset: self.dataset,
            labels: &self.labels,
            row,
            facts: &facts,
            reference: 0,
        };
        let mut taken = Taken::new();
        for (body, first) in &watched.bodies {
            let of_body = self.bodies.taken(*body, &sight);
            taken.extend(of_body.into_iter().map(|(decision, held)| (first + decision, held)));
        }
        taken
    }
}
