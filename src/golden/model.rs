//! What a golden file says.

use std::collections::{BTreeMap, BTreeSet};

/// The accepted renderings of one dataset.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Golden {
    pub dataset: String,
    /// The source its rows are of.
    pub source: String,
    pub evidence: Evidence,
    /// By their keys.
    pub rows: BTreeMap<String, Pinned>,
    /// By their names.
    pub templates: BTreeMap<String, Templated>,
}

/// Beginnings of digests of what renderings were made from, beside their templates: they tell one cause from another,
/// and nothing is compared by them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    pub fields: String,
    pub says: String,
}

/// A row as a person knows it again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pinned {
    /// What is to be said of it: its split, its label, what is odd about it.
    pub about: Vec<String>,
    /// The beginning of each of its fields, on one line, spelled.
    pub fields: Vec<(String, String)>,
}

/// What one template makes of the rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Templated {
    pub role: String,
    /// The beginning of a digest of what the template says.
    pub digest: String,
    /// By the keys of the rows; those that its guard keeps out are not there.
    pub renderings: BTreeMap<String, Rendering>,
}

#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(untagged)]
pub enum Rendering {
    Example {
        system: Option<String>,
        input: String,
        target: String,
    },
    /// The template cannot be used for the row, and why.
    Fails { fails: String },
}

impl Rendering {
    /// Its texts under the names a person reads them by.
    pub fn parts(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::Example { system, input, target } => {
                let system = system.as_deref().map(|text| ("system", text));
                system
                    .into_iter()
                    .chain([("input", input.as_str()), ("target", target)])
                    .collect()
            }
            Self::Fails { fails } => vec![("fails", fails)],
        }
    }

    /// The text of a part.
    pub fn part(&self, name: &str) -> Option<&str> {
        self.parts()
            .into_iter()
            .find(|(part, _)| *part == name)
            .map(|(_, text)| text)
    }
}

impl Golden {
    /// What the file would say if some of what is rendered now were accepted: `pick` is asked for each template and
    /// row.
    pub fn accept(&self, now: &Golden, pick: impl Fn(&str, &str) -> bool) -> Golden {
        let mut next = Golden {
            dataset: now.dataset.clone(),
            source: now.source.clone(),
            evidence: now.evidence.clone(),
            ..Golden::default()
        };
        let names: BTreeSet<&String> = self.templates.keys().chain(now.templates.keys()).collect();
        let (mut all, nothing) = (true, Templated::default());
        for name in names {
            let before = self.templates.get(name).unwrap_or(&nothing);
            let after = now.templates.get(name).unwrap_or(&nothing);
            let keys: BTreeSet<&String> = before.renderings.keys().chain(after.renderings.keys()).collect();
            let (mut renderings, mut whole) = (BTreeMap::new(), true);
            for key in keys {
                let (old, new) = (before.renderings.get(key), after.renderings.get(key));
                let picked = old == new || pick(name, key);
                whole &= picked;
                if let Some(rendering) = if picked { new } else { old } {
                    renderings.insert(key.clone(), rendering.clone());
                }
            }
            all &= whole;
            // Until all that a template makes is accepted, the file holds what it made before.
            let (known, said) = if whole || !self.templates.contains_key(name) {
                (now.templates.contains_key(name), after)
            } else {
                (true, before)
            };
            if known || !renderings.is_empty() {
                let said = if known { said } else { before };
                let templated = Templated {
                    renderings,
                    ..said.clone()
                };
                // A template of which nothing is accepted yet is none of the file's.
                if !templated.renderings.is_empty() || whole {
                    next.templates.insert(name.clone(), templated);
                }
            }
        }
        if !all && !self.dataset.is_empty() {
            next.evidence = self.evidence.clone();
        }
        for (key, row) in self.rows.iter().chain(&now.rows) {
            let used = next.templates.values().any(|t| t.renderings.contains_key(key));
            if used {
                next.rows.insert(key.clone(), row.clone());
            }
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn golden(cells: &[(&str, &str, &str)]) -> Golden {
        let mut golden = Golden {
            dataset: "t".to_string(),
            ..Golden::default()
        };
        for (template, key, text) in cells {
            let rendering = Rendering::Fails {
                fails: (*text).to_string(),
            };
            let templated = golden.templates.entry((*template).to_string()).or_default();
            templated.renderings.insert((*key).to_string(), rendering);
            templated.digest = (*text).to_string();
            golden.rows.entry((*key).to_string()).or_default();
        }
        golden
    }

    #[test]
    fn what_is_picked_is_accepted_and_the_rest_stays() {
        let before = golden(&[("a", "1", "x"), ("a", "2", "x"), ("b", "1", "x")]);
        let now = golden(&[("a", "1", "y"), ("a", "3", "y"), ("c", "1", "y")]);
        assert_eq!(before.accept(&now, |_, _| true), now);
        assert_eq!(before.accept(&now, |_, _| false), before);
        let part = before.accept(&now, |template, key| template == "a" && key == "1");
        let expected = golden(&[("a", "1", "y"), ("a", "2", "x"), ("b", "1", "x")]);
        assert_eq!(part.rows, expected.rows);
        assert_eq!(part.templates["a"].renderings, expected.templates["a"].renderings);
        // Half of what the template makes is of before.
        assert_eq!(part.templates["a"].digest, before.templates["a"].digest);
        assert_eq!(Golden::default().accept(&now, |_, _| true), now);
    }
}
