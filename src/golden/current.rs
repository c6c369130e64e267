//! What a dataset's golden file would say now: the rows that are pinned and what its templates make of them.

use super::cover::{Candidate, cover};
use super::coverage::{Coverage, coverage};
use super::model::{Evidence, Golden, Templated};
use super::sample::{self, Sample};
use crate::build::{field_meaning, template_meaning, verbalizer_meaning};
use crate::catalog::Dataset;
use crate::digest::{Digest, hex};
use crate::source::{Place, SourceError};

/// Characters of a digest.
const DIGEST: usize = 8;

/// What is there now.
pub struct Current {
    pub golden: Golden,
    pub coverage: Vec<Coverage>,
}

/// Renders a dataset's pinned rows: those that a golden file has, as far as they are still there, and what shows what they
/// do not show.
pub fn current(
    dataset: &Dataset,
    source: &str,
    place: &Place,
    before: Option<&Golden>,
) -> Result<Current, SourceError> {
    let sample = sample::read(dataset, source, place)?;
    let pinned: Vec<usize> = match before {
        Some(golden) => (0..sample.rows.len())
            .filter(|at| golden.rows.contains_key(&sample.rows[*at].key))
            .collect(),
        None => Vec::new(),
    };
    let candidates: Vec<Candidate> = sample.rows.iter().map(|row| row.candidate.clone()).collect();
    let chosen = cover(&candidates, &pinned);
    Ok(Current {
        golden: golden(dataset, source, &sample, &chosen),
        coverage: coverage(dataset, &sample, &chosen),
    })
}

fn golden(dataset: &Dataset, source: &str, sample: &Sample, chosen: &[usize]) -> Golden {
    let short = |digest: &Digest| hex(digest)[..DIGEST].to_string();
    let mut golden = Golden {
        dataset: dataset.id.clone(),
        source: source.to_string(),
        evidence: Evidence {
            fields: short(&field_meaning(dataset)),
            says: short(&verbalizer_meaning(dataset)),
        },
        ..Golden::default()
    };
    for (at, template) in dataset.templates.iter().enumerate() {
        let mut templated = Templated {
            role: template.role.name().to_string(),
            digest: short(&template_meaning(template)),
            ..Templated::default()
        };
        for row in chosen.iter().map(|row| &sample.rows[*row]) {
            if let Some(through) = &row.through[at] {
                templated.renderings.insert(row.key.clone(), through.rendering.clone());
                golden.rows.entry(row.key.clone()).or_insert_with(|| row.about.clone());
            }
        }
        golden.templates.insert(template.name.clone(), templated);
    }
    golden
}
