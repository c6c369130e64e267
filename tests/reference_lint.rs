//! What lint finds of the defects that a careful reader found in public templates: recall, and what it flags of those
//! that were found clean.
//!
//! `FLANC_REFERENCE` names the folder of the labels (`lint/*.jsonl`), `FLANC_UPSTREAM` that of the clones they are about.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::Value;

use crate::support::{Project, say};

/// The rules that answer for each category of defect.
const CATEGORIES: &[(&str, &[&str])] = &[
    ("ambiguous-structure", &["other-value-first", "nothing-there"]),
    (
        "answer-format-mismatch",
        &["choices-do-not-answer", "lettered-choices", "format-not-followed"],
    ),
    (
        "choice-casing-mismatch",
        &["choice-cased-otherwise", "choices-mixed-case"],
    ),
    ("constant-target", &["constant-target"]),
    ("contradictory-constraint", &["scale-otherwise", "not-one-sentence"]),
    ("direction-error", &["swapped-fields"]),
    ("double-space", &["double-space"]),
    ("doubled-punctuation", &["doubled-punctuation"]),
    ("duplicate-template", &["duplicate-template", "conflicting-targets"]),
    ("empty-target-possible", &["target-may-be-empty", "empty-target"]),
    (
        "escape-typo",
        &["lost-escape", "stray-backslash", "glued-field", "placeholder-left"],
    ),
    ("imperative-question-mark", &["imperative-question-mark"]),
    ("imprecise-instruction", &["asked-for-what-is-shown"]),
    (
        "inconsistent-casing",
        &["label-cased-otherwise", "name-in-small-letters", "capital-in-brackets"],
    ),
    ("instruction-mismatch", &["asked-for-what-is-shown", "not-a-sentence"]),
    (
        "interpolation-grammar",
        &[
            "clause-left-hanging",
            "marks-collide",
            "article-before-value",
            "value-in-clause",
        ],
    ),
    ("leading-space-in-line", &["space-at-line-start"]),
    ("leading-whitespace", &["blank-start"]),
    ("missing-options", &["options-missing"]),
    (
        "missing-punctuation",
        &[
            "question-without-mark",
            "instruction-without-end",
            "label-without-colon",
        ],
    ),
    (
        "missing-space",
        &["glued-field", "label-without-space", "mark-without-space"],
    ),
    ("near-duplicate", &["near-duplicate", "options-missing"]),
    ("position-reference", &["nothing-there", "other-value-first"]),
    (
        "punctuation-collision",
        &[
            "doubled-punctuation",
            "question-then-mark",
            "marks-collide",
            "value-in-clause",
        ],
    ),
    (
        "raw-label",
        &["name-in-prompt", "label-name-printed", "verbalizer-bypassed"],
    ),
    ("space-before-punctuation", &["space-before-punctuation"]),
    ("stray-punctuation", &["doubled-punctuation", "unbalanced-quotes"]),
    ("stray-whitespace", &["space-before-newline", "space-at-line-start"]),
    ("target-not-in-choices", &["target-beyond-choices", "gold-not-offered"]),
    ("too-many-inversions", &["many-turned"]),
    ("trailing-space-in-line", &["space-before-newline"]),
    ("trailing-whitespace", &["blank-end"]),
    (
        "typo-grammar",
        &[
            "misspelling",
            "grammar",
            "repeated-word",
            "wrong-article",
            "clause-left-hanging",
            "one-letter-off",
        ],
    ),
    ("unconditioned-input", &["unconditional-input", "constant-input"]),
    ("undefined-index", &["template-fails"]),
    ("unguarded-access", &["null-unguarded"]),
    ("unguarded-label", &["null-unguarded", "gold-not-offered"]),
    (
        "wrong-punctuation",
        &["question-with-full-stop", "question-without-mark"],
    ),
];

/// Needs that are decided without a row and without a sense of the language.
const DECIDABLE: &[&str] = &["text", "siblings", "metadata"];

#[derive(Clone)]
struct Label {
    source: String,
    dataset: String,
    /// `None`: the whole file.
    template: Option<String>,
    category: String,
    severity: String,
    needs: String,
}

#[derive(Clone)]
struct Found {
    rule: String,
    severity: String,
}

/// What was found, by source, dataset and template (empty: none in particular).
type Findings = BTreeMap<(String, String, String), Vec<Found>>;

fn folders() -> Option<(PathBuf, PathBuf)> {
    let (reference, upstream) = (env::var_os("FLANC_REFERENCE"), env::var_os("FLANC_UPSTREAM"));
    let (Some(reference), Some(upstream)) = (reference, upstream) else {
        say("reference_lint: skipped, FLANC_REFERENCE and FLANC_UPSTREAM are not both set");
        return None;
    };
    Some((Path::new(&reference).join("lint"), PathBuf::from(upstream)))
}

/// The name that an import gives a folder or a key.
fn folded(key: &str) -> String {
    let mut out = String::new();
    for c in key.to_lowercase().chars() {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            _ if out.ends_with('_') => {}
            _ => out.push('_'),
        }
    }
    out
}

fn labels(folder: &Path) -> (Vec<Label>, Vec<Label>) {
    let mut defects = Vec::new();
    let mut clean = Vec::new();
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "jsonl"))
        .collect();
    files.sort();
    for path in files {
        let negative = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("clean"));
        for line in fs::read_to_string(&path).expect("labels").lines() {
            let value: Value = serde_json::from_str(line).expect("a label");
            let text = |name: &str| value[name].as_str().unwrap_or_default().to_string();
            let template = match &value["index_or_name"] {
                Value::Number(index) => Some(format!("template_{index}")),
                Value::String(name) if name == "*" => None,
                other => Some(other.as_str().expect("a name").to_string()),
            };
            let label = Label {
                source: text("source"),
                dataset: folded(&text("file_or_key")),
                template,
                category: text("category"),
                severity: text("severity"),
                needs: text("needs"),
            };
            if negative {
                clean.push(label)
            } else {
                defects.push(label)
            }
        }
    }
    (defects, clean)
}

/// Imports a collection and lints it without data, every rule on.
fn lint(source: &str, clone: &Path, into: &mut Findings) {
    let project = Project::new();
    let out = project.path("imported");
    let (out, clone) = (out.to_string_lossy().into_owned(), clone.to_string_lossy().into_owned());
    let run = project.run(&["import", source, &clone, "--out", &out]);
    assert!(Path::new(&out).is_dir(), "{}", run.stderr);
    let run = project.run(&[
        "lint",
        "--project",
        &out,
        "--select",
        "all",
        "--no-rows",
        "--format",
        "json",
    ]);
    assert!(run.code < 2, "{}", run.stderr);
    for finding in run.json()["findings"].as_array().expect("a list") {
        let text = |name: &str| finding[name].as_str().unwrap_or_default().to_string();
        let (set, template) = (text("set"), text("template"));
        into.entry((source.to_string(), set, template))
            .or_default()
            .push(Found {
                rule: text("name"),
                severity: text("severity"),
            });
    }
}

fn of<'f>(findings: &'f Findings, label: &Label) -> Vec<&'f Found> {
    let here = findings.iter().filter(|((source, dataset, template), _)| {
        let whole = label.template.is_none() || label.template.as_ref() == Some(template);
        *source == label.source && *dataset == label.dataset && whole
    });
    here.flat_map(|(_, found)| found).collect()
}

fn rules(category: &str) -> &'static [&'static str] {
    CATEGORIES
        .iter()
        .find(|(name, _)| *name == category)
        .map_or(&[], |(_, rules)| rules)
}

/// Each (file, category) once: whether a finding of the category stands on one of its labelled templates.
fn recall<'l>(findings: &Findings, labels: impl Iterator<Item = &'l Label>) -> (usize, usize, usize) {
    let mut pairs: BTreeMap<(&str, &str, &str), (bool, bool)> = BTreeMap::new();
    for label in labels {
        let own = rules(&label.category);
        let hits: Vec<&Found> = of(findings, label)
            .into_iter()
            .filter(|f| own.contains(&f.rule.as_str()))
            .collect();
        let pair = pairs
            .entry((&label.source, &label.dataset, &label.category))
            .or_default();
        pair.0 |= !hits.is_empty();
        pair.1 |= hits.iter().any(|found| found.severity != "note");
    }
    (
        pairs.len(),
        pairs.values().filter(|pair| pair.0).count(),
        pairs.values().filter(|pair| pair.1).count(),
    )
}

#[test]
fn reference_lint() {
    let Some((reference, upstream)) = folders() else { return };
    let (defects, clean) = labels(&reference);
    assert!(
        !defects.is_empty() && !clean.is_empty(),
        "no labels are in {}",
        reference.display()
    );
    let mut findings = Findings::new();
    lint("flan", &upstream.join("FLAN"), &mut findings);
    lint("promptsource", &upstream.join("promptsource"), &mut findings);

    let known: BTreeSet<&str> = flanc::lint::rule::all().iter().map(|rule| rule.name).collect();
    for name in CATEGORIES.iter().flat_map(|(_, rules)| *rules) {
        assert!(known.contains(name), "no rule is named `{name}`");
    }
    let share = |part: usize, all: usize| part as f64 / all.max(1) as f64;
    let mut table = String::new();
    let categories: BTreeSet<&str> = defects.iter().map(|label| label.category.as_str()).collect();
    for category in &categories {
        for severity in ["error", "warning", "style"] {
            let of_both = |label: &&Label| label.category == *category && label.severity == severity;
            let (all, found, _) = recall(&findings, defects.iter().filter(of_both));
            if all == 0 {
                continue;
            }
            let own = rules(category);
            let flags = |label: &&Label| {
                of(&findings, label)
                    .iter()
                    .any(|found| own.contains(&found.rule.as_str()))
            };
            let right = defects.iter().filter(of_both).filter(flags).count();
            let wrong = clean.iter().filter(flags).count();
            table.push_str(&format!(
                "  {category:<26} {severity:<8} recall {found}/{all}  precision {right}/{}\n",
                right + wrong
            ));
        }
    }
    let serious = |label: &&Label| label.severity != "style";
    let decidable = |label: &&Label| serious(label) && DECIDABLE.contains(&label.needs.as_str());
    let (text_all, text_found, text_strict) = recall(&findings, defects.iter().filter(decidable));
    let (all, found, strict) = recall(&findings, defects.iter().filter(serious));
    let (style_all, style_found, _) = recall(&findings, defects.iter().filter(|label| label.severity == "style"));
    let flagged: Vec<String> = clean
        .iter()
        .filter_map(|label| {
            let found = of(&findings, label);
            let rules: BTreeSet<&str> = found
                .iter()
                .filter(|f| f.severity != "note")
                .map(|f| f.rule.as_str())
                .collect();
            (!rules.is_empty()).then(|| format!("  {} {:?}: {rules:?}", label.dataset, label.template))
        })
        .collect();
    let missed: BTreeSet<String> = defects
        .iter()
        .filter(serious)
        .filter(|label| recall(&findings, std::iter::once(*label)).1 == 0)
        .map(|label| {
            format!(
                "  {} {} {:?} ({})",
                label.dataset, label.category, label.template, label.needs
            )
        })
        .collect();
    say(&format!(
        "reference_lint\n{table}errors and warnings decidable without rows: {text_found}/{text_all} ({text_strict} at warning or above)\n\
         all errors and warnings: {found}/{all} ({strict} at warning or above)\nstyle: {style_found}/{style_all}\n\
         clean templates flagged at warning or above: {} of {}\n{}\nnot found:\n{}",
        flagged.len(),
        clean.len(),
        flagged.join("\n"),
        missed.into_iter().collect::<Vec<_>>().join("\n"),
    ));
    assert!(
        share(text_found, text_all) >= 0.8,
        "recall of what needs no rows: {text_found} of {text_all}"
    );
    assert!(share(found, all) >= 0.5, "recall of all: {found} of {all}");
    assert!(
        share(flagged.len(), clean.len()) <= 0.05,
        "clean templates flagged: {} of {}",
        flagged.len(),
        clean.len()
    );
}
