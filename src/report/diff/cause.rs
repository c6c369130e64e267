//! Why an example differs: of all that two builds were made from, what changed and can have done it.
//!
//! A cause is named where one input alone can have made the difference, by the digests of the manifests or by the row
//! itself. Where several can, it is unknown, and they are listed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::inputs::{DatasetInputs, Templates};
use crate::shard::{DatasetFacts, Manifest};

/// What makes an example differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Rows came or went, or their cells changed; also what such rows displace.
    Source,
    /// A template was written otherwise, added, removed or renamed.
    Template,
    /// Fields, clean-ups, verbalizers, drops, the answer, identity or splits of the dataset.
    Declaration,
    /// Cap, rates, size, passes, seed, hold-out, what is included, or a quota that other datasets moved: the row is there,
    /// and drawn otherwise.
    Rate,
    /// Options, shots, instruct or choose: how the mixture shows its rows.
    Mixture,
    /// Another edition makes every choice anew.
    Edition,
    Unknown,
}

impl Cause {
    pub const ALL: [Cause; 7] = [
        Cause::Source,
        Cause::Template,
        Cause::Declaration,
        Cause::Rate,
        Cause::Mixture,
        Cause::Edition,
        Cause::Unknown,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Cause::Source => "source",
            Cause::Template => "template",
            Cause::Declaration => "declaration",
            Cause::Rate => "rate",
            Cause::Mixture => "mixture",
            Cause::Edition => "edition",
            Cause::Unknown => "unknown",
        }
    }
}

/// How an example differs, as far as it matters for the cause.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// Its row is in one build alone, the new one or the old one.
    RowAlone { new: bool },
    /// Its row is in both, but not in this split, pass and template.
    Drawn { evaluated: bool, template: &'a str },
    /// The same row, pass and template: other text, or other exemplars or another group.
    Says { template: &'a str, text: bool, side: bool },
    /// The same row and pass through another template.
    Moved,
    /// The same text under a template's new name.
    Renamed,
}

/// Whether an input that can be the cause is known to have changed, or its build does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Changed,
    Not,
}

#[derive(Default)]
struct Candidates(BTreeMap<Cause, Known>);

impl Candidates {
    /// Adds a cause that matters to a difference, unless its input is known to be the same.
    fn add(&mut self, cause: Cause, changed: Option<bool>, matters: bool) {
        if matters && changed != Some(false) {
            let known = if changed == Some(true) {
                Known::Changed
            } else {
                Known::Not
            };
            self.0.insert(cause, known);
        }
    }
}

/// Judges the differences of one dataset.
pub struct Judge<'a> {
    old: Option<&'a DatasetFacts>,
    new: Option<&'a DatasetFacts>,
    edition: bool,
    seed: bool,
    /// What goes in, and how much of it.
    rate: bool,
    /// Which datasets and templates go in.
    chosen: bool,
    mixture: bool,
    quota: bool,
    rows: Option<bool>,
    declaration: Option<bool>,
    templates: Option<Templates>,
    keyed: bool,
    old_settings: &'a Value,
    new_settings: &'a Value,
    id: &'a str,
}

const RATES: &[&str] = &[
    "cap",
    "rates",
    "over_clusters",
    "size",
    "passes",
    "templates_at_most",
    "test_at_most",
    "exemplars_at_most",
    "profile",
];
const SHOWN: &[&str] = &["round_robin", "options", "instruct", "shots"];
const UNUSABLE: &[&str] = &["no template usable", "render failure", "empty target"];
const LEFT_OUT: &[&str] = &["over the cap", "not drawn", "copy", "held out", "outside the slice"];

impl<'a> Judge<'a> {
    pub fn new(old: &'a Manifest, new: &'a Manifest, id: &'a str, inputs: Option<&DatasetInputs>) -> Self {
        let (one, other) = (old.datasets.get(id), new.datasets.get(id));
        let differ = |names: &[&str]| names.iter().any(|name| old.settings[*name] != new.settings[*name]);
        let chosen = differ(&["include", "exclude"]) || old.hold_out != new.hold_out;
        let seed = old.seed != new.seed;
        let titled = differ_in(one, other, |facts| facts.title.as_str())
            && [old, new].iter().any(|m| m.settings["instruct"] == "dataset_name");
        let declaration = inputs.and_then(|inputs| inputs.declaration);
        let declaration = if titled { Some(true) } else { declaration };
        let mut rows = inputs.and_then(|inputs| inputs.rows);
        if rows == Some(true) && declaration == Some(true) && inputs.and_then(|inputs| inputs.files) == Some(false) {
            // The same files, read by another declaration: what its rows are is declared.
            rows = Some(false);
        }
        // Where the quota of another dataset moves this one's, it is not this one's rows that do.
        let others = old.datasets.keys().chain(new.datasets.keys()).any(|other| {
            other != id && differ_in(old.datasets.get(other), new.datasets.get(other), |facts| facts.kept)
        });
        let quota = differ_in(one, other, |facts| facts.quota) || differ_in(one, other, |facts| facts.kept);
        let own = rows == Some(true) || declaration == Some(true);
        Self {
            old: one,
            new: other,
            edition: old.edition != new.edition,
            seed,
            rate: seed || chosen || old.sample != new.sample || differ(RATES),
            chosen,
            mixture: differ(SHOWN),
            quota: quota && (others || !own),
            rows,
            declaration,
            templates: inputs.and_then(|inputs| inputs.templates.clone()),
            keyed: [one, other].into_iter().flatten().any(|facts| !facts.key.is_empty()),
            old_settings: &old.settings,
            new_settings: &new.settings,
            id,
        }
    }

    /// The new name of a template that says the same as one that is gone.
    pub fn renamed(&self, template: &str) -> Option<&str> {
        let renamed = &self.templates.as_ref()?.renamed;
        renamed
            .iter()
            .find(|(old, _)| old == template)
            .map(|(_, new)| new.as_str())
    }

    /// The cause of a difference; where it is unknown, with what it can be.
    pub fn cause(&self, event: Event<'_>) -> (Cause, Vec<Cause>) {
        if self.edition {
            return (Cause::Edition, Vec::new());
        }
        let candidates = self.candidates(event);
        match candidates.iter().collect::<Vec<_>>().as_slice() {
            [(one, Known::Changed)] => (**one, Vec::new()),
            _ => (Cause::Unknown, candidates.into_keys().collect()),
        }
    }

    /// The inputs that can have made a difference, and which of them are known to have changed.
    fn candidates(&self, event: Event<'_>) -> BTreeMap<Cause, Known> {
        let certainly = |cause: Cause| BTreeMap::from([(cause, Known::Changed)]);
        let mut found = Candidates::default();
        let templates = self.templates.as_ref().map(Templates::differ);
        let rate = Some(self.rate || self.quota);
        let unusable = self.some_unusable();
        match event {
            Event::RowAlone { new } => {
                if let Some(cause) = self.absent(new) {
                    return certainly(cause);
                }
                if self.rows == Some(true) && self.declaration == Some(false) && self.nothing_left_out(!new) {
                    // A row of the source would be in the other build, and it is not.
                    return certainly(Cause::Source);
                }
                found.add(Cause::Source, self.rows, true);
                found.add(Cause::Declaration, self.declaration, true);
                found.add(Cause::Rate, rate, true);
                found.add(Cause::Template, templates, unusable);
                found.add(Cause::Mixture, Some(self.mixture), unusable);
            }
            Event::Drawn { evaluated, template } => {
                let own = self.template_differs(template);
                found.add(
                    Cause::Template,
                    if evaluated { own } else { templates },
                    evaluated || unusable,
                );
                found.add(Cause::Rate, rate, true);
                found.add(Cause::Declaration, self.declaration, true);
                found.add(Cause::Mixture, Some(self.mixture), unusable);
                // The row is in both builds, so other rows matter only where nothing else does: they displace it.
                if found.0.is_empty() {
                    found.add(Cause::Source, self.rows, true);
                }
            }
            Event::Says { template, text, side } => {
                found.add(Cause::Template, self.template_differs(template), true);
                found.add(Cause::Declaration, self.declaration, true);
                found.add(Cause::Mixture, Some(self.mixture), true);
                found.add(
                    Cause::Rate,
                    Some(self.seed || (side && (self.rate || self.quota))),
                    true,
                );
                found.add(Cause::Source, self.rows, side || (text && self.keyed));
            }
            Event::Moved => {
                found.add(Cause::Template, templates, true);
                found.add(Cause::Mixture, Some(self.mixture), true);
                found.add(Cause::Rate, Some(self.seed || self.chosen || self.profile()), true);
                found.add(Cause::Declaration, self.declaration, true);
                found.add(Cause::Source, self.rows, self.keyed);
            }
            Event::Renamed => return certainly(Cause::Template),
        }
        found.0
    }

    fn profile(&self) -> bool {
        self.old_settings["profile"] != self.new_settings["profile"]
    }

    /// Whether a template is not the same in both builds, as far as they say.
    fn template_differs(&self, name: &str) -> Option<bool> {
        let digest = |facts: Option<&'a DatasetFacts>| facts.and_then(|facts| facts.template_digests.get(name));
        self.templates.as_ref().map(|_| digest(self.old) != digest(self.new))
    }

    /// Why a dataset is not built at all on the side that lacks a row.
    fn absent(&self, new: bool) -> Option<Cause> {
        let (with, without, settings) = if new {
            (self.new, self.old, self.old_settings)
        } else {
            (self.old, self.new, self.new_settings)
        };
        let Some(facts) = without else {
            // Neither chosen nor left out: it is not in the project, or the mixture does not ask for it.
            let asked = chooses(settings, self.id, with?);
            return Some(if asked { Cause::Declaration } else { Cause::Rate });
        };
        let part = facts.part.as_str();
        if !facts.examples.is_empty() {
            return None;
        }
        match part {
            part if part.contains("absent") => Some(Cause::Source),
            part if part.starts_with("left out") => Some(Cause::Rate),
            part if part.starts_with("not built") => Some(Cause::Template),
            _ => None,
        }
    }

    /// Whether every row that could be used is in a build.
    fn nothing_left_out(&self, new: bool) -> bool {
        let facts = if new { self.new } else { self.old };
        let out = LEFT_OUT.iter().chain(UNUSABLE);
        facts.is_some_and(|facts| count(facts, out) == 0)
    }

    fn some_unusable(&self) -> bool {
        [self.old, self.new]
            .into_iter()
            .flatten()
            .any(|facts| count(facts, UNUSABLE.iter()) > 0)
    }
}

fn count<'n>(facts: &DatasetFacts, reasons: impl Iterator<Item = &'n &'n str>) -> u64 {
    reasons.filter_map(|reason| facts.rows.get(*reason)).sum()
}

fn differ_in<'f, T: PartialEq>(
    old: Option<&'f DatasetFacts>,
    new: Option<&'f DatasetFacts>,
    of: impl Fn(&'f DatasetFacts) -> T,
) -> bool {
    old.map(&of) != new.map(&of)
}

/// Whether a mixture's `include` and `exclude` ask for a dataset. Selectors of templates choose among its templates.
fn chooses(settings: &Value, id: &str, facts: &DatasetFacts) -> bool {
    let selectors = |key: &str| -> Vec<&str> {
        let list = settings[key].as_array().into_iter().flatten().filter_map(Value::as_str);
        list.filter(|selector| !selector.starts_with("role ") && !selector.starts_with("template "))
            .collect()
    };
    let fits = |selector: &&str| match selector.split_once(' ') {
        None => *selector == "all",
        Some(("cluster", name)) => facts.clusters.iter().any(|own| own == name),
        Some(("dataset", name)) => id == name,
        Some(("family", name)) => facts.family == name,
        Some(("task", name)) => facts.task == name,
        Some(("language", name)) => facts.languages.iter().any(|own| own == name),
        Some(("license", name)) => facts.license.as_deref() == Some(name),
        Some(_) => false,
    };
    let include = selectors("include");
    (include.is_empty() || include.iter().any(fits)) && !selectors("exclude").iter().any(fits)
}
