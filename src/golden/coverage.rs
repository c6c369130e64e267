//! How much of what templates can do is shown by the pinned rows: every label, and every branch both ways.

use std::collections::BTreeSet;

use super::sample::{Sample, labels};
use crate::catalog::Dataset;

/// What is shown of one template.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Coverage {
    pub dataset: String,
    pub template: String,
    /// Labels that rows of the source have and the guard admits, or that no row has; and how many of them are shown.
    pub labels: usize,
    pub labels_shown: usize,
    /// Ways that decisions can fall: two for each condition.
    pub branches: usize,
    pub branches_shown: usize,
    pub lacking: Vec<Lacking>,
}

/// What is not shown, because no row of the source shows it.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Lacking {
    Label {
        label: String,
    },
    Branch {
        part: String,
        condition: String,
        held: bool,
    },
    /// Not one row.
    Rows,
}

impl std::fmt::Display for Lacking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Label { label } => write!(f, "no row has the label `{label}`"),
            Self::Branch { part, condition, held } => {
                let way = if *held { "holds" } else { "does not hold" };
                write!(f, "no row for which `{condition}` {way}, in the {part}")
            }
            Self::Rows => write!(f, "no row that it can be used for"),
        }
    }
}

/// What the chosen rows show of each template.
pub fn coverage(dataset: &Dataset, sample: &Sample, chosen: &[usize]) -> Vec<Coverage> {
    let declared = labels(dataset);
    let of_template = |at: usize| {
        let seen = || {
            chosen
                .iter()
                .filter_map(move |row| Some((&sample.rows[*row], sample.rows[*row].through[at].as_ref()?)))
        };
        let mut one = Coverage {
            dataset: dataset.id.clone(),
            template: dataset.templates[at].name.clone(),
            labels: 0,
            labels_shown: 0,
            branches: 2 * sample.decisions[at].len(),
            branches_shown: 0,
            lacking: Vec::new(),
        };
        if seen().next().is_none() {
            one.lacking.push(Lacking::Rows);
        }
        for label in &declared {
            let of_label = |row: &&super::sample::Shown| row.label.as_ref() == Some(label);
            let rows = sample.rows.iter().filter(of_label);
            let (mut any, mut admitted) = (false, false);
            for row in rows {
                any = true;
                admitted |= row.through[at].is_some();
            }
            // A guard that keeps all rows of a label out is about that label.
            if any && !admitted {
                continue;
            }
            one.labels += 1;
            if seen().any(|(row, _)| of_label(&row)) {
                one.labels_shown += 1;
            } else {
                one.lacking.push(Lacking::Label { label: label.clone() });
            }
        }
        let taken: BTreeSet<(usize, bool)> = seen().flat_map(|(_, through)| through.taken.iter().copied()).collect();
        for (place, decision) in sample.decisions[at].iter().enumerate() {
            for held in [true, false] {
                if taken.contains(&(place, held)) {
                    one.branches_shown += 1;
                } else {
                    one.lacking.push(Lacking::Branch {
                        part: decision.part.to_string(),
                        condition: decision.condition.clone(),
                        held,
                    });
                }
            }
        }
        one
    };
    (0..dataset.templates.len()).map(of_template).collect()
}
