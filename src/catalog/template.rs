//! Template sets: every template against every dataset it serves.

use std::collections::BTreeSet;

use super::check::{Names, known, whole_to};
use super::dataset::check_condition;
use super::field::RESERVED;
use super::model::{Catalog, Dataset, FieldKind, Template};
use crate::diagnostic::{Diagnostic, Span};
use crate::jinja;
use crate::syntax::ast::{self, Text};

/// The most tickets of a template: each is drawn for by itself, in every use of a row.
const TICKETS: u64 = 1000;

pub(super) fn check_set(set: &ast::Templates, names: &Names, catalog: &mut Catalog, diagnostics: &mut Vec<Diagnostic>) {
    check_names(set, diagnostics);
    for word in &set.datasets {
        if !known(word, &names.datasets, "dataset", diagnostics) {
            continue;
        }
        // A dataset that is broken is reported as such; its templates wait.
        let Some(dataset) = catalog.datasets.get_mut(&word.value) else {
            continue;
        };
        let mut checked = Vec::new();
        for tree in &set.templates {
            // Draws know a template by its first name alone: of two that share it, one would never be drawn.
            let identity = &tree.was.last().unwrap_or(&tree.name).value;
            let same = |t: &&Template| t.name == tree.name.value || t.identity == *identity;
            if let Some(first) = dataset.templates.iter().find(same) {
                let message = if first.name == tree.name.value {
                    format!("dataset `{}` has two templates named `{}`", dataset.id, first.name)
                } else {
                    format!(
                        "dataset `{}` has two templates that were first named `{identity}`",
                        dataset.id
                    )
                };
                diagnostics.push(
                    Diagnostic::error("declared-twice", tree.name.span, message)
                        .related(first.span, format!("the other, of set `{}`", first.set)),
                );
                continue;
            }
            if let Some(template) = check_template(tree, set, dataset, diagnostics) {
                checked.push(template);
            }
        }
        dataset.templates.append(&mut checked);
    }
}

/// Names within a set, with the names templates had before: each means one template.
fn check_names(set: &ast::Templates, diagnostics: &mut Vec<Diagnostic>) {
    let mut seen: Vec<&ast::Word> = Vec::new();
    for word in set
        .templates
        .iter()
        .flat_map(|t| std::iter::once(&t.name).chain(&t.was))
    {
        if let Some(first) = seen.iter().find(|w| w.value == word.value) {
            let message = format!(
                "two templates of set `{}` go by the name `{}`",
                set.name.value, word.value
            );
            diagnostics.push(Diagnostic::error("declared-twice", word.span, message).related(first.span, "the other"));
        }
        seen.push(word);
    }
}

fn check_template(
    tree: &ast::Template,
    set: &ast::Templates,
    dataset: &Dataset,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Template> {
    let before = diagnostics.len();
    let (Some(input), Some(target)) = (&tree.input, &tree.target) else {
        let (missing, form) = match (&tree.input, &tree.target) {
            (None, None) => (
                "no input and no target",
                "`input \"{{ FIELD }}\"` and `target \"{{ answer }}\"`",
            ),
            (None, _) => ("no input", "`input \"{{ FIELD }}\"`"),
            _ => ("no target", "`target \"{{ answer }}\"`"),
        };
        let message = format!("template `{}` has {missing}", tree.name.value);
        // A statement that could not be read may have been the one that lacks.
        if !tree.broken {
            push_once(
                diagnostics,
                Diagnostic::error("no-turn", tree.name.span, message).help(format!("add {form}")),
            );
        }
        return None;
    };
    if let Some(condition) = &tree.when {
        check_condition(condition, dataset, diagnostics);
    }
    let mut uses_options = false;
    for text in tree.system.iter().chain([input, target]) {
        let uses = check_body(text, dataset, diagnostics);
        uses_options |= std::ptr::eq(text, input) && uses.contains("options");
    }
    if input.value.trim().is_empty() || target.value.trim().is_empty() {
        let (what, span) = if input.value.trim().is_empty() {
            ("input", input.span)
        } else {
            ("target", target.span)
        };
        diagnostics.push(Diagnostic::error("empty-turn", span, format!("this {what} is empty")));
    }
    if let Some(mode) = &tree.options_hidden
        && mode.value == uses_options
    {
        let message = if mode.value {
            "this template hides its options and prints them"
        } else {
            "this template shows its options and does not print them"
        };
        let help = if mode.value {
            "take out {{ options }}, or `options hidden`"
        } else {
            "add {{ options }} to the input, or say `options hidden`"
        };
        diagnostics.push(Diagnostic::error("options-mode", mode.span, message).help(help));
    }
    let says = check_says(tree, dataset, diagnostics);
    let tickets = tree.tickets.as_ref().map_or(Some(1), |n| {
        whole_to(n, 1, TICKETS, "the number of tickets", diagnostics)
    });
    dedup_since(diagnostics, before);
    if diagnostics[before..].iter().any(Diagnostic::is_error) {
        return None;
    }
    Some(Template {
        set: set.name.value.clone(),
        name: tree.name.value.clone(),
        identity: tree.was.last().unwrap_or(&tree.name).value.clone(),
        role: tree.role,
        tickets: u32::try_from(tickets?).ok()?,
        says: says?,
        options_shown: uses_options,
        options_said: tree.options_hidden.is_some(),
        when: tree.when.as_ref().map(|w| w.text.value.clone()),
        system: tree.system.clone(),
        input: input.clone(),
        target: target.clone(),
        author: tree.author.as_ref().or(set.author.as_ref()).map(|a| a.value.clone()),
        note: tree.note.as_ref().map(|n| n.value.clone()),
        position: set
            .templates
            .iter()
            .position(|t| t.name.span == tree.name.span)
            .unwrap_or(0),
        span: tree.name.span,
    })
}

/// The same mistake in a set of several datasets is one mistake.
fn push_once(diagnostics: &mut Vec<Diagnostic>, diagnostic: Diagnostic) {
    if !diagnostics
        .iter()
        .any(|d| d.span == diagnostic.span && d.code == diagnostic.code)
    {
        diagnostics.push(diagnostic);
    }
}

fn dedup_since(diagnostics: &mut [Diagnostic], before: usize) {
    let (old, new) = diagnostics.split_at_mut(before);
    let keys: BTreeSet<(Span, &str)> = old.iter().map(|d| (d.span, d.code)).collect();
    for diagnostic in new {
        if keys.contains(&(diagnostic.span, diagnostic.code)) {
            diagnostic.code = REPEATED;
        }
    }
}

/// Marks a diagnostic that another dataset of the same set has given already; `check` takes it out.
pub(super) const REPEATED: &str = "";

/// Which verbalizer set a template speaks with, by its place in the answer's field.
fn check_says(tree: &ast::Template, dataset: &Dataset, diagnostics: &mut Vec<Diagnostic>) -> Option<usize> {
    let Some(word) = &tree.says else { return Some(0) };
    let sets = dataset
        .answer
        .as_ref()
        .map_or(&[][..], |a| &dataset.fields[a.field].says);
    let found = sets.iter().position(|(name, _)| *name == word.value);
    if found.is_none() {
        let message = format!("dataset `{}` has no verbalizer set named `{}`", dataset.id, word.value);
        diagnostics.push(
            Diagnostic::error("unknown-verbalizer", word.span, message)
                .help("declare it with the field: `says NAME { .. }`")
                .suggest(&word.value, sets.iter().map(|(name, _)| name.as_str())),
        );
    }
    found
}

/// The names a body uses; those its dataset does not have are reported.
fn check_body(text: &Text, dataset: &Dataset, diagnostics: &mut Vec<Diagnostic>) -> BTreeSet<String> {
    let uses = match jinja::names_in_body(&text.value) {
        Ok(uses) => uses,
        Err(mistake) => {
            diagnostics.push(no_template(text, mistake));
            return BTreeSet::new();
        }
    };
    let mut allowed: Vec<&str> = dataset.fields.iter().map(|f| f.name.as_str()).collect();
    if dataset.answer.is_some() {
        allowed.push("answer");
    }
    if has_options(dataset) {
        allowed.extend(["choices", "options"]);
    }
    for used in &uses {
        if allowed.contains(&used.name.as_str()) {
            continue;
        }
        let span = text.place(used.at.start, used.at.end);
        if matches!(used.name.as_str(), "loop" | "self") {
            let message = format!("`{}` is nothing here", used.name);
            diagnostics.push(
                Diagnostic::error("unknown-field", span, message)
                    .help("`loop` is known inside of `{% for %}`, and its parts are printed: {{ loop.index }}"),
            );
            continue;
        }
        let reason = if RESERVED.contains(&used.name.as_str()) {
            format!(
                "dataset `{}` has no `{}`: its answer is not a choice",
                dataset.id, used.name
            )
        } else {
            format!("dataset `{}` has no field named `{}`", dataset.id, used.name)
        };
        diagnostics.push(
            Diagnostic::error("unknown-field", span, reason)
                .help(format!("its templates may use {}", crate::text::list(&allowed)))
                .suggest(&used.name, allowed.iter().copied()),
        );
    }
    uses.into_iter().map(|u| u.name).collect()
}

/// A body that is no template.
pub(super) fn no_template(text: &Text, mistake: jinja::Mistake) -> Diagnostic {
    let span = text.place(mistake.at.start, mistake.at.end);
    let message = format!("this is no template: {}", mistake.message);
    Diagnostic::error("bad-template", span, message).help_if(mistake.help)
}

/// Whether the rows of a dataset offer options.
pub(super) fn has_options(dataset: &Dataset) -> bool {
    dataset.answer.as_ref().is_some_and(|answer| {
        answer.options.is_some()
            || matches!(
                dataset.fields[answer.field].kind,
                FieldKind::Choice(_) | FieldKind::Bool | FieldKind::Index { .. }
            )
    })
}
