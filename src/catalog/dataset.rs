//! One dataset: its statements, with the fields they name resolved.

use std::collections::BTreeMap;

use super::check::{Names, known, whole};
use super::field;
use super::model::{Answer, Dataset, Drop, Field, FieldKind, License, Quarantine, Reserve, Several, Source};
use super::source;
use crate::diagnostic::{Diagnostic, Span};
use crate::jinja;
use crate::syntax::ast::{self, DatasetStatement as S, Word};

/// The splits a source may have.
pub(super) const SPLITS: &[&str] = &["test", "train", "validation"];

/// How far a dataset can be used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Soundness {
    Sound,
    /// It has mistakes, but its fields and its answer are known, so that its templates can be checked.
    Legible,
    Broken,
}

pub(super) fn check(tree: &ast::Dataset, names: &Names, diagnostics: &mut Vec<Diagnostic>) -> (Dataset, Soundness) {
    let before = errors(diagnostics);
    let mut dataset = unsaid(tree);
    dataset.fields = field::check_all(&tree.statements, diagnostics);
    let fields_sound = errors(diagnostics) == before && !tree.broken;
    for cluster in &tree.clusters {
        known(cluster, &names.clusters, "cluster", diagnostics);
    }
    let mut offer = None;
    for statement in &tree.statements {
        match statement {
            S::Offer(word) => offer = Some(word),
            statement => say(statement, &mut dataset, diagnostics),
        }
    }
    if dataset.key.is_empty() {
        dataset.key = (0..dataset.fields.len()).collect();
    }
    if dataset.answer.is_none() && fields_sound && !tree.statements.iter().any(|s| matches!(s, S::Answer(..))) {
        dataset.answer = only_answer(tree, &dataset, diagnostics);
    }
    if let (Some(word), Some(answer)) = (offer, &mut dataset.answer) {
        answer.options = check_offer(word, &dataset.fields, diagnostics);
    }
    check_splits(tree, &dataset, diagnostics);
    // Without an answer, or with one whose type may be another than meant, nobody knows what templates may use.
    let answer = dataset.answer.as_ref().map(|a| &dataset.fields[a.field].kind);
    let closed = matches!(
        answer,
        Some(FieldKind::Choice(_) | FieldKind::Index { .. } | FieldKind::Bool)
    );
    let soundness = if errors(diagnostics) == before && !tree.broken {
        Soundness::Sound
    } else if tree.broken || answer.is_none() || !(fields_sound || closed) {
        Soundness::Broken
    } else {
        Soundness::Legible
    };
    (dataset, soundness)
}

/// A dataset as it is where no statement says otherwise, without fields.
fn unsaid(tree: &ast::Dataset) -> Dataset {
    Dataset {
        id: tree.name.value.clone(),
        title: tree.name.value.clone(),
        license: None,
        cite: None,
        languages: Vec::new(),
        family: tree.name.value.clone(),
        task: tree.clusters.first().map(|c| c.value.clone()).unwrap_or_default(),
        clusters: tree.clusters.iter().map(|c| c.value.clone()).collect(),
        published: None,
        metrics: Vec::new(),
        stop: Vec::new(),
        fields: Vec::new(),
        key: Vec::new(),
        group: Vec::new(),
        drops: Vec::new(),
        quarantine: None,
        answer: None,
        reserve: None,
        train_on: vec!["train".to_string()],
        evaluate_on: vec!["test".to_string()],
        sources: BTreeMap::new(),
        templates: Vec::new(),
        span: tree.name.span,
    }
}

/// Puts what a statement says into a dataset, whose fields are known.
fn say(statement: &S, dataset: &mut Dataset, diagnostics: &mut Vec<Diagnostic>) {
    match statement {
        // Fields are checked before, and the options that a row offers when its answer is known.
        S::Field(_) | S::Note(_) | S::Offer(_) => {}
        S::Title(word) => dataset.title = word.value.clone(),
        S::License(name, from) => {
            dataset.license = Some(License {
                name: name.value.clone(),
                from: from.as_ref().map(|f| f.value.clone()),
            });
        }
        S::Cite(word) => dataset.cite = Some(word.value.clone()),
        S::Language(words) => dataset.languages.extend(words.iter().map(|w| w.value.clone())),
        S::Family(word) => dataset.family = word.value.clone(),
        S::Task(word) => dataset.task = word.value.clone(),
        S::Published(number) => dataset.published = whole(number, 0, "the number of published rows", diagnostics),
        S::Metric(words) => dataset
            .metrics
            .extend(words.iter().filter_map(|word| check_metric(word, diagnostics))),
        S::Stop(words) => dataset.stop.extend(words.iter().map(|w| w.value.clone())),
        S::Key(words) => dataset.key = resolve(words, dataset, diagnostics),
        S::Group(words) => dataset.group = resolve(words, dataset, diagnostics),
        S::Drop(tree) => {
            if let Some(drop) = check_drop(tree, dataset, diagnostics) {
                dataset.drops.push(drop);
            }
        }
        S::Quarantine(number, percent) => dataset.quarantine = check_quarantine(number, *percent, diagnostics),
        S::Answer(several, word) => {
            if let [field] = resolve(std::slice::from_ref(word), dataset, diagnostics)[..] {
                dataset.answer = check_answer(*several, field, word, dataset, diagnostics);
            }
        }
        S::Reserve(number, split) => {
            if let Some(rows) = whole(number, 1, "the reserve", diagnostics) {
                let split = split.as_ref().map(|s| split_name(s, diagnostics));
                dataset.reserve = Some(Reserve { rows, split });
            }
        }
        S::TrainOn(words) => dataset.train_on = words.iter().map(|w| split_name(w, diagnostics)).collect(),
        S::EvaluateOn(words) => dataset.evaluate_on = words.iter().map(|w| split_name(w, diagnostics)).collect(),
        S::Source(tree) => {
            let source: Source = source::check(tree, diagnostics);
            if dataset.sources.insert(source.name.clone(), source).is_some() {
                let message = format!("source `{}` is declared twice", tree.name.value);
                diagnostics.push(Diagnostic::error("declared-twice", tree.name.span, message));
            }
        }
    }
}

fn check_metric(word: &Word, diagnostics: &mut Vec<Diagnostic>) -> Option<String> {
    if field::METRICS.contains(&word.value.as_str()) {
        return Some(word.value.clone());
    }
    let message = format!("no metric is named `{}`", word.value);
    diagnostics.push(
        Diagnostic::error("unknown-metric", word.span, message)
            .help(format!("the metrics are {}", crate::text::list(field::METRICS)))
            .suggest(&word.value, field::METRICS.iter().copied()),
    );
    None
}

/// The list field whose values a row offers.
fn check_offer(word: &Word, fields: &[Field], diagnostics: &mut Vec<Diagnostic>) -> Option<usize> {
    let Some(at) = fields.iter().position(|f| f.name == word.value) else {
        unknown_field(word, fields, diagnostics);
        return None;
    };
    let is_list = matches!(fields[at].kind, FieldKind::List);
    if !is_list {
        diagnostics.push(
            Diagnostic::error("wrong-type", word.span, format!("`{}` is no list", word.value))
                .help("`options of` names the list field whose values a row offers"),
        );
    }
    is_list.then_some(at)
}

fn errors(diagnostics: &[Diagnostic]) -> usize {
    diagnostics.iter().filter(|d| d.is_error()).count()
}

fn split_name(word: &Word, diagnostics: &mut Vec<Diagnostic>) -> String {
    if !SPLITS.contains(&word.value.as_str()) {
        diagnostics.push(
            Diagnostic::error(
                "unknown-split",
                word.span,
                format!("no split is named `{}`", word.value),
            )
            .help("the splits of a source are `train`, `validation` and `test`")
            .suggest(&word.value, SPLITS.iter().copied()),
        );
    }
    word.value.clone()
}

fn unknown_field(word: &Word, fields: &[Field], diagnostics: &mut Vec<Diagnostic>) {
    let names: Vec<&str> = fields.iter().map(|f| f.name.as_str()).collect();
    diagnostics.push(
        Diagnostic::error(
            "unknown-field",
            word.span,
            format!("no field is named `{}`", word.value),
        )
        .label("not a field of this dataset")
        .help(format!("its fields are {}", crate::text::list(&names)))
        .suggest(&word.value, names.iter().copied()),
    );
}

fn resolve(words: &[Word], dataset: &Dataset, diagnostics: &mut Vec<Diagnostic>) -> Vec<usize> {
    let mut found = Vec::new();
    for word in words {
        match dataset.field(&word.value) {
            Some(at) => found.push(at),
            None => unknown_field(word, &dataset.fields, diagnostics),
        }
    }
    found
}

fn check_answer(
    several: Several,
    field: usize,
    word: &Word,
    dataset: &Dataset,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Answer> {
    let is_list = matches!(dataset.fields[field].kind, FieldKind::List);
    let name = &dataset.fields[field].name;
    match (several, is_list) {
        (Several::One, true) => {
            diagnostics.push(
                Diagnostic::error(
                    "wrong-type",
                    word.span,
                    format!("`{name}` is a list, and one answer is wanted"),
                )
                .help(format!(
                    "say `answer any of {name}` to accept each, or `answer each {name}` for one example each"
                )),
            );
            None
        }
        (Several::Any | Several::Each, false) => {
            diagnostics.push(
                Diagnostic::error("wrong-type", word.span, format!("`{name}` is no list"))
                    .help(format!("say `answer {name}`, or declare `field {name}: list`")),
            );
            None
        }
        _ => Some(Answer {
            field,
            several,
            options: None,
        }),
    }
}

/// The answer where none is named: the one field that can only be one.
fn only_answer(tree: &ast::Dataset, dataset: &Dataset, diagnostics: &mut Vec<Diagnostic>) -> Option<Answer> {
    let closed: Vec<usize> = (0..dataset.fields.len())
        .filter(|at| {
            matches!(
                dataset.fields[*at].kind,
                FieldKind::Choice(_) | FieldKind::Index { .. } | FieldKind::Bool
            )
        })
        .collect();
    if let [field] = closed[..] {
        return Some(Answer {
            field,
            several: Several::One,
            options: None,
        });
    }
    // A dataset whose fields are not declared yet has no templates either, and is reported as such.
    if !dataset.fields.is_empty() {
        let message = format!("dataset `{}` does not say which field is the answer", dataset.id);
        diagnostics.push(
            Diagnostic::error("no-answer", tree.name.span, message)
                .help("say `answer FIELD`, `answer any of LIST` or `answer each LIST`"),
        );
    }
    None
}

fn check_quarantine(number: &ast::Number, percent: bool, diagnostics: &mut Vec<Diagnostic>) -> Option<Quarantine> {
    if !percent {
        return whole(number, 1, "the most rows to put aside", diagnostics).map(Quarantine::Rows);
    }
    if number.value > 0.0 && number.value <= 100.0 {
        return Some(Quarantine::Percent(number.value));
    }
    let message = "the most rows to put aside, of a hundred, are more than 0 and at most 100";
    diagnostics.push(Diagnostic::error("bad-number", number.span, message).label("not such a number"));
    None
}

fn check_drop(tree: &ast::Drop, dataset: &Dataset, diagnostics: &mut Vec<Diagnostic>) -> Option<Drop> {
    let splits = tree.splits.iter().map(|s| split_name(s, diagnostics)).collect();
    check_condition(&tree.when, dataset, diagnostics).then(|| Drop {
        reason: tree.reason.value.clone(),
        splits,
        when: tree.when.text.value.clone(),
        span: tree.reason.span,
    })
}

/// Whether a condition reads only what a row of the dataset has: its fields and the names of its labels.
pub(super) fn check_condition(tree: &ast::Condition, dataset: &Dataset, diagnostics: &mut Vec<Diagnostic>) -> bool {
    let condition = &tree.text;
    if let Some(comment) = tree.comment.as_ref().filter(|comment| goes_on(tree, comment, dataset)) {
        diagnostics.push(
            Diagnostic::error(
                "condition-cut-off",
                comment.span,
                "`//` begins a comment, so this condition ends before it",
            )
            .label("no part of the condition")
            .help("divide with `/` and round with `| int`; a remark stands on a line of its own"),
        );
        return false;
    }
    let place = |at: &std::ops::Range<usize>| {
        let text = &condition.value;
        let start = text.floor_char_boundary(at.start.min(text.len().saturating_sub(1)));
        Span {
            start: condition.span.start + start,
            end: condition.span.start + text.ceil_char_boundary(at.end.max(start + 1)),
            ..condition.span
        }
    };
    match jinja::names_in_condition(&condition.value) {
        Err(mistake) => {
            let at = place(&mistake.at);
            diagnostics.push(
                Diagnostic::error(
                    "bad-condition",
                    at,
                    format!("this is no condition: {}", mistake.message),
                )
                .help_if(mistake.help),
            );
            false
        }
        Ok(uses) => {
            let labels = label_names(dataset);
            let mut sound = true;
            for used in uses {
                if dataset.field(&used.name).is_none() && !labels.contains(&used.name.as_str()) {
                    sound = false;
                    let names = dataset
                        .fields
                        .iter()
                        .map(|f| f.name.as_str())
                        .chain(labels.iter().copied());
                    diagnostics.push(
                        Diagnostic::error(
                            "unknown-field",
                            place(&used.at),
                            format!("no field or label is named `{}`", used.name),
                        )
                        .label(format!("unknown in dataset `{}`", dataset.id))
                        .suggest(&used.name, names),
                    );
                }
            }
            sound
        }
    }
}

/// Whether a condition and its comment are one condition if `//` is taken for the operator.
fn goes_on(tree: &ast::Condition, comment: &Word, dataset: &Dataset) -> bool {
    let rest = comment.value.split('{').next().unwrap_or_default();
    let whole = format!("{} {rest}", tree.text.value);
    let labels = label_names(dataset);
    let known = |name: &str| dataset.field(name).is_some() || labels.contains(&name);
    jinja::names_in_condition(&whole).is_ok_and(|uses| uses.iter().all(|used| known(&used.name)))
}

/// The names of all labels, which conditions may compare with.
pub fn label_names(dataset: &Dataset) -> Vec<&str> {
    let mut names = Vec::new();
    for field in &dataset.fields {
        if let FieldKind::Choice(labels) = &field.kind {
            names.extend(labels.iter().map(|l| l.name.as_str()));
        }
    }
    names
}

/// No row is trained on, or set aside, and evaluated too.
fn check_splits(tree: &ast::Dataset, dataset: &Dataset, diagnostics: &mut Vec<Diagnostic>) {
    let reserved = dataset.reserve.as_ref().and_then(|r| r.split.clone());
    for split in dataset.train_on.iter().chain(&reserved) {
        if dataset.evaluate_on.contains(split) {
            let message = format!("dataset `{}` both trains and evaluates on split `{split}`", dataset.id);
            let place = tree.statements.iter().find_map(|statement| match statement {
                S::EvaluateOn(words) => words.iter().find(|w| w.value == *split),
                _ => None,
            });
            diagnostics.push(
                Diagnostic::error("split-used-twice", place.unwrap_or(&tree.name).span, message)
                    .help("say `train on`, `reserve N of` and `evaluate on` with different splits"),
            );
        }
    }
}
