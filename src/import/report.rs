//! What an import did with every template, for a person and for a program.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

/// What became of a collection.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Report {
    /// `promptsource` or `flan`.
    pub collection: String,
    /// The datasets that were written.
    pub datasets: usize,
    /// The templates that were found, and of these, translated.
    pub templates: usize,
    pub translated: usize,
    /// Every template, in the order of the files.
    pub entries: Vec<Entry>,
}

/// One template of a collection.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Entry {
    /// The file it stands in, relative to the collection, and the line it begins in.
    pub file: String,
    pub line: usize,
    /// Its names there.
    pub set: String,
    pub name: String,
    /// The dataset it serves here; none where the file could not be read.
    pub dataset: Option<String>,
    /// Its name here, where that is another.
    #[serde(skip)]
    pub template: String,
    /// Why it was not translated.
    pub reason: Option<String>,
}

impl Report {
    /// Counts what the entries say.
    pub fn count(&mut self) {
        self.templates = self.entries.len();
        self.translated = self.entries.iter().filter(|entry| entry.reason.is_none()).count();
    }

    /// Reasons with the number of templates each kept out, the most frequent first.
    pub fn reasons(&self) -> Vec<(&str, usize)> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for reason in self.entries.iter().filter_map(|entry| entry.reason.as_deref()) {
            *counts.entry(reason).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(reason, count)| (std::cmp::Reverse(*count), *reason));
        counts
    }

    /// The page that is put beside the project.
    pub fn page(&self, about: &str) -> String {
        let mut out = format!(
            "# Imported from {}\n\n{about}\n\n{} of {} templates were translated, for {} datasets.\n",
            self.collection, self.translated, self.templates, self.datasets
        );
        if self.translated < self.templates {
            out.push_str("\n## Not translated\n\n| file | line | template | why |\n|---|---|---|---|\n");
            for entry in &self.entries {
                if let Some(reason) = &entry.reason {
                    out.push_str(&row(entry, reason));
                }
            }
        }
        out
    }
}

fn row(entry: &Entry, what: &str) -> String {
    let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
    format!(
        "| {} | {} | {} | {} |\n",
        cell(&entry.file),
        entry.line,
        cell(&entry.name),
        cell(what)
    )
}
