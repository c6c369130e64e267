//! What is rendered now against what was accepted: every difference, and what made it.

use std::collections::BTreeSet;

use super::model::{Golden, Pinned, Rendering, Templated};

/// One row through one template that is not as it was accepted.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Difference {
    pub dataset: String,
    pub cluster: String,
    pub template: String,
    pub role: String,
    /// The key of the row.
    pub row: String,
    /// What is to be said of the row.
    pub about: Vec<String>,
    pub change: Change,
    /// What can have made it; several where several things changed.
    pub causes: Vec<Cause>,
    pub old: Option<Rendering>,
    pub new: Option<Rendering>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    New,
    Changed,
    Removed,
}

/// What makes renderings differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The template says something else, is new, or is gone.
    Template,
    /// Labels are said in other words.
    Verbalizer,
    /// Fields are declared or cleaned otherwise.
    Field,
    /// Rows came or went, or hold something else.
    Rows,
    /// Nothing that is declared: the file was edited, or flanc renders otherwise.
    Unknown,
}

impl Change {
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Removed => "removed",
        }
    }
}

impl Cause {
    pub const ALL: [Cause; 5] = [
        Cause::Template,
        Cause::Verbalizer,
        Cause::Field,
        Cause::Rows,
        Cause::Unknown,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Template => "template",
            Self::Verbalizer => "verbalizer",
            Self::Field => "field",
            Self::Rows => "rows",
            Self::Unknown => "unknown",
        }
    }
}

/// The differences of a dataset, by template and row. `keyed`: its rows can change and stay who they are.
pub fn compare(cluster: &str, keyed: bool, before: &Golden, now: &Golden) -> Vec<Difference> {
    let names: BTreeSet<&String> = before.templates.keys().chain(now.templates.keys()).collect();
    let mut found = Vec::new();
    let nothing = Templated::default();
    for name in names {
        let (was, is) = (before.templates.get(name), now.templates.get(name));
        let (old, new) = (was.unwrap_or(&nothing), is.unwrap_or(&nothing));
        let keys: BTreeSet<&String> = old.renderings.keys().chain(new.renderings.keys()).collect();
        for key in keys {
            let (one, other) = (old.renderings.get(key), new.renderings.get(key));
            if one == other {
                continue;
            }
            let row = now.rows.get(key).or(before.rows.get(key));
            let change = match (one, other) {
                (None, _) => Change::New,
                (_, None) => Change::Removed,
                _ => Change::Changed,
            };
            found.push(Difference {
                dataset: if now.dataset.is_empty() {
                    &before.dataset
                } else {
                    &now.dataset
                }
                .clone(),
                cluster: cluster.to_string(),
                template: name.clone(),
                role: is.or(was).map_or_else(String::new, |t| t.role.clone()),
                row: key.clone(),
                about: row.unwrap_or(&Pinned::default()).about.clone(),
                change,
                causes: causes(keyed, (before, was), (now, is), key),
                old: one.cloned(),
                new: other.cloned(),
            });
        }
    }
    found
}

fn causes(
    keyed: bool,
    (before, was): (&Golden, Option<&Templated>),
    (now, is): (&Golden, Option<&Templated>),
    key: &str,
) -> Vec<Cause> {
    let (Some(was), Some(is)) = (was, is) else {
        return vec![Cause::Template];
    };
    if before.rows.contains_key(key) != now.rows.contains_key(key) {
        return vec![Cause::Rows];
    }
    let differ = [
        (Cause::Template, was.digest != is.digest),
        (Cause::Verbalizer, before.evidence.says != now.evidence.says),
        (Cause::Field, before.evidence.fields != now.evidence.fields),
    ];
    let mut causes: Vec<Cause> = differ
        .into_iter()
        .filter(|(_, differs)| *differs)
        .map(|(cause, _)| cause)
        .collect();
    if causes.is_empty() {
        // What is no part of a row's identity can change under it.
        let edited = keyed && before.rows.get(key).map(|r| &r.fields) != now.rows.get(key).map(|r| &r.fields);
        causes.push(if edited { Cause::Rows } else { Cause::Unknown });
    }
    causes
}
