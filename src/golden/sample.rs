//! The rows of a dataset that goldens are chosen from, and what each of them shows through each template.

use std::collections::{BTreeMap, BTreeSet};

use super::cover::Candidate;
use super::model::{Pinned, Rendering};
use super::odd::odd;
use super::spell::inside;
use crate::catalog::{Dataset, FieldKind, IndexOf};
use crate::digest::{Digest, hex};
use crate::render::{Branches, Decision, Example, Failure, Renderer, Variant};
use crate::source::{self, Budget, Cell, Place, Row, Rows, SourceError};
use crate::text;

/// Rows that are looked at: of a large source, those of the least digests.
const ROWS: usize = 2000;
/// Characters of a field that stand with a pinned row.
const EXCERPT: usize = 90;
/// Characters of a row's key.
const KEY: usize = 12;

/// What a dataset's rows show.
pub struct Sample {
    /// In the order of their keys; copies of a row are one.
    pub rows: Vec<Shown>,
    /// The decisions of each template, in the order of the dataset's.
    pub decisions: Vec<Vec<Decision>>,
}

/// One row.
pub struct Shown {
    pub key: String,
    pub candidate: Candidate,
    pub about: Pinned,
    /// Its label, where the answer is one of few.
    pub label: Option<String>,
    /// What each template makes of it; none where the guard keeps it out.
    pub through: Vec<Option<Through>>,
}

/// A row through a template.
pub struct Through {
    pub rendering: Rendering,
    /// The decisions of the template and how they fell.
    pub taken: BTreeSet<(usize, bool)>,
}

/// Reads all splits of a source of a dataset and renders their rows.
pub fn read(dataset: &Dataset, source: &str, place: &Place) -> Result<Sample, SourceError> {
    let mut all = Rows::default();
    let mut absent = None;
    for (name, split) in dataset.sources.get(source).iter().flat_map(|source| &source.splits) {
        match source::read_split(dataset, name, split, place, &Budget::unlimited()) {
            Ok((rows, _)) => all.append(rows),
            // The other splits may be there.
            Err(error @ SourceError::Absent { .. }) => absent = absent.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    if let Some(error) = absent.filter(|_| all.is_empty()) {
        return Err(error);
    }
    let mut order: Vec<(Digest, Digest, usize)> =
        (0..all.len()).map(|at| (all.content(at), all.whole(at), at)).collect();
    order.sort_unstable();
    order.dedup_by_key(|(content, ..)| *content);
    order.truncate(ROWS);
    let renderer = Renderer::new(dataset);
    let branches = Branches::new(dataset);
    let mut numbers = Numbers::default();
    let mut rows = Vec::new();
    for (content, _, at) in order {
        let mut scratch = Vec::new();
        let row = all.row(at, &mut scratch)?;
        rows.push(shown(
            dataset,
            &renderer,
            &branches,
            (content, all.split(at), row),
            &mut numbers,
        ));
    }
    all.sound()?;
    let templates = 0..dataset.templates.len();
    Ok(Sample {
        rows,
        decisions: templates.map(|at| branches.decisions(at).to_vec()).collect(),
    })
}

/// Numbers for what rows show.
#[derive(Default)]
struct Numbers(BTreeMap<String, u32>);

impl Numbers {
    fn of(&mut self, what: String) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        *self.0.entry(what).or_insert(next)
    }
}

fn shown(
    dataset: &Dataset,
    renderer: &Renderer<'_>,
    branches: &Branches<'_>,
    (content, split, row): (Digest, &str, Row<'_>),
    numbers: &mut Numbers,
) -> Shown {
    let label = label(dataset, row);
    let said = label.as_deref().unwrap_or("no label");
    let mut candidate = Candidate {
        key: content,
        ..Candidate::default()
    };
    let mut oddities = BTreeSet::new();
    let mut fields = Vec::new();
    for (field, cell) in dataset.fields.iter().zip(row.cells()) {
        let texts: Vec<&str> = cell.clone().items().collect();
        texts.iter().for_each(|text| odd(text, &mut oddities));
        candidate.size += texts.iter().map(|text| text.len()).sum::<usize>();
        if texts.iter().all(|text| text.trim().is_empty()) {
            candidate.empty += 1;
            candidate.shows.insert(numbers.of(format!("nothing {}", field.name)));
        }
        fields.push((field.name.clone(), excerpt(&cell)));
    }
    candidate
        .shows
        .extend(oddities.iter().map(|odd| numbers.of(format!("odd {odd}"))));
    let mut through = Vec::new();
    for (at, template) in dataset.templates.iter().enumerate() {
        let Some(seen) = self::through(renderer, branches, at, row) else {
            through.push(None);
            continue;
        };
        let fails = matches!(seen.rendering, Rendering::Fails { .. });
        let mut show = |what: String| candidate.shows.insert(numbers.of(format!("{}|{what}", template.name)));
        show(format!("{said}|{fails}"));
        for (decision, held) in &seen.taken {
            show(format!("{said}|{decision} {held}"));
        }
        through.push(Some(seen));
    }
    let about = [split.to_string()].into_iter().chain(label.clone());
    let about = about.chain(oddities.into_iter().map(str::to_string)).collect();
    Shown {
        key: hex(&content)[..KEY].to_string(),
        candidate,
        about: Pinned { about, fields },
        label,
        through,
    }
}

fn through(renderer: &Renderer<'_>, branches: &Branches<'_>, at: usize, row: Row<'_>) -> Option<Through> {
    let rendered = match renderer.admits(at, row) {
        Ok(true) => renderer.example(at, row, &Variant::default()),
        Ok(false) => return None,
        Err(failure) => Err(failure),
    };
    Some(Through {
        rendering: rendering(rendered),
        taken: branches.taken(at, row),
    })
}

fn rendering(rendered: Result<Example, Failure>) -> Rendering {
    match rendered {
        Ok(example) => Rendering::Example {
            system: example.system,
            input: example.inputs,
            target: example.targets,
        },
        Err(Failure::Render(reason)) => Rendering::Fails { fails: reason },
        Err(Failure::EmptyTarget) => Rendering::Fails {
            fails: "its target is empty".to_string(),
        },
    }
}

/// The beginning of a field on one line.
fn excerpt(cell: &Cell<'_>) -> String {
    let text = match cell {
        Cell::Null => "(none)".to_string(),
        Cell::Text(text) => (*text).to_string(),
        Cell::List(items) => {
            let items: Vec<&str> = items.clone().collect();
            format!("[{}]", items.join(" | "))
        }
    };
    inside(&text::excerpt(&text, EXCERPT)).trim().to_string()
}

/// The label of a row, where its answer is one of few.
fn label(dataset: &Dataset, row: Row<'_>) -> Option<String> {
    let answer = dataset.answer.as_ref()?;
    let cell = row.cell(answer.field);
    let text = cell.text()?;
    match &dataset.fields[answer.field].kind {
        FieldKind::Choice(_) | FieldKind::Bool => Some(text.to_string()),
        FieldKind::Index { of, .. } => {
            let at: usize = text.parse().ok()?;
            Some(match of {
                IndexOf::Fields(fields) => dataset.fields.get(*fields.get(at)?)?.name.clone(),
                IndexOf::List(_) => format!("option {}", at + 1),
            })
        }
        _ => None,
    }
}

/// The labels that a dataset declares; none where its answers are no labels, or as many as a row has options.
pub fn labels(dataset: &Dataset) -> Vec<String> {
    let Some(answer) = &dataset.answer else {
        return Vec::new();
    };
    match &dataset.fields[answer.field].kind {
        FieldKind::Choice(labels) => labels.iter().map(|label| label.name.clone()).collect(),
        FieldKind::Bool => vec!["true".to_string(), "false".to_string()],
        FieldKind::Index {
            of: IndexOf::Fields(fields),
            ..
        } => fields.iter().map(|at| dataset.fields[*at].name.clone()).collect(),
        _ => Vec::new(),
    }
}
