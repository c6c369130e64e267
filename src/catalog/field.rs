//! Fields: their types, labels, verbalizers and clean-ups.

use regex::Regex;

use super::model::{Clean, Field, FieldKind, IndexOf, Keyed, Label};
use crate::diagnostic::Diagnostic;
use crate::syntax::ast::{self, DatasetStatement, Kind, OneOrList, Word};

/// The metrics a dataset may be scored by.
pub const METRICS: &[&str] = &[
    "accuracy",
    "bleu",
    "chrf",
    "drop",
    "edit_distance",
    "exact_match",
    "f1",
    "macro_f1",
    "matthews",
    "multirc",
    "pearson",
    "record",
    "rouge",
    "spearman",
    "squad",
    "trivia_qa",
];

/// Names a template has beside the fields.
pub const RESERVED: &[&str] = &["answer", "choices", "loop", "options", "self"];

const TYPES: &[&str] = &["bool", "choice", "index", "list", "number", "text"];
const STEPS: &[&str] = &[
    "after", "before", "collapse", "lower", "replace", "rewrite", "round", "split", "trim", "unescape", "upper",
];

pub(super) fn check_all(statements: &[DatasetStatement], diagnostics: &mut Vec<Diagnostic>) -> Vec<Field> {
    let trees: Vec<&ast::Field> = statements
        .iter()
        .filter_map(|s| {
            if let DatasetStatement::Field(f) = s {
                Some(f)
            } else {
                None
            }
        })
        .collect();
    let names: Vec<&str> = trees.iter().map(|f| f.name.value.as_str()).collect();
    let mut fields: Vec<Field> = Vec::new();
    for (at, tree) in trees.iter().enumerate() {
        if let Some(first) = names[..at].iter().position(|n| *n == tree.name.value) {
            let message = format!("field `{}` is declared twice", tree.name.value);
            let first = trees[first].name.span;
            diagnostics.push(
                Diagnostic::error("declared-twice", tree.name.span, message).related(first, "declared here first"),
            );
        }
        if RESERVED.contains(&tree.name.value.as_str()) {
            let message = format!("`{}` cannot name a field: templates use that name", tree.name.value);
            let help = format!("name it something else and read it with `from \"{}\"`", tree.name.value);
            diagnostics.push(Diagnostic::error("reserved-name", tree.name.span, message).help(help));
        }
        let kind = check_kind(tree, &trees, &names, diagnostics);
        fields.push(Field {
            name: tree.name.value.clone(),
            says: check_says(tree, kind.as_ref(), diagnostics),
            // A broken type is reported; the field stays, so that its name is known.
            kind: kind.unwrap_or(FieldKind::Text),
            nullable: tree.nullable,
            column: tree.column.as_ref().map(|c| c.value.clone()),
            empty_is_text: tree.empty_is_text,
            clean: tree
                .clean
                .iter()
                .filter_map(|step| check_step(step, diagnostics))
                .collect(),
            span: tree.name.span,
        });
    }
    fields
}

fn check_kind(
    tree: &ast::Field,
    trees: &[&ast::Field],
    names: &[&str],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<FieldKind> {
    match &tree.kind {
        Kind::Plain(word) => match word.value.as_str() {
            "text" => Some(FieldKind::Text),
            "number" => Some(FieldKind::Number),
            "bool" => Some(FieldKind::Bool),
            "list" => Some(FieldKind::List),
            _ => {
                diagnostics.push(unknown_type(word));
                None
            }
        },
        Kind::Choice(labels) => Some(FieldKind::Choice(check_labels(tree, labels, diagnostics))),
        Kind::Index { from, of, keyed } => {
            let of = match of {
                OneOrList::One(word) => field_of_type(word, trees, names, true, diagnostics).map(IndexOf::List),
                OneOrList::List(words) => {
                    let found: Vec<usize> = words
                        .iter()
                        .filter_map(|w| field_of_type(w, trees, names, false, diagnostics))
                        .collect();
                    Some(IndexOf::Fields(found))
                }
            };
            let keyed = match keyed {
                None => None,
                Some(OneOrList::List(words)) => Some(Keyed::Words(words.iter().map(|w| w.value.clone()).collect())),
                Some(OneOrList::One(word)) => field_of_type(word, trees, names, true, diagnostics).map(Keyed::List),
            };
            let from = from.as_ref().map_or(0, |n| n.value as i64);
            of.map(|of| FieldKind::Index { from, of, keyed })
        }
    }
}

/// What other languages call our types.
const FOREIGN: &[(&str, &str)] = &[
    ("array", "list"),
    ("boolean", "bool"),
    ("decimal", "number"),
    ("double", "number"),
    ("enum", "choice"),
    ("float", "number"),
    ("int", "number"),
    ("integer", "number"),
    ("label", "choice"),
    ("str", "text"),
    ("string", "text"),
];

fn unknown_type(word: &Word) -> Diagnostic {
    let typed = word.value.as_str();
    let unfinished = match typed {
        "choice" => Some(("a choice lists its labels", "say `choice { yes no }`")),
        "index" => Some((
            "an index says what it counts",
            "say `index of [a, b]`, or `index of LIST`",
        )),
        _ => None,
    };
    if let Some((message, help)) = unfinished {
        return Diagnostic::error("unfinished-type", word.span, message).help(help);
    }
    let diagnostic = Diagnostic::error("unknown-type", word.span, format!("no type is named `{typed}`"))
        .help(format!("the types are {}", crate::text::list(TYPES)));
    match FOREIGN.iter().find(|(name, _)| name.eq_ignore_ascii_case(typed)) {
        Some((_, ours)) => diagnostic.help(format!("did you mean `{ours}`?")),
        None => diagnostic.suggest(typed, TYPES.iter().copied()),
    }
}

fn field_of_type(
    word: &Word,
    trees: &[&ast::Field],
    names: &[&str],
    list: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<usize> {
    let Some(at) = names.iter().position(|n| *n == word.value) else {
        diagnostics.push(
            Diagnostic::error(
                "unknown-field",
                word.span,
                format!("no field is named `{}`", word.value),
            )
            .help(format!("the fields are {}", crate::text::list(names)))
            .suggest(&word.value, names.iter().copied()),
        );
        return None;
    };
    let is_list = matches!(&trees[at].kind, Kind::Plain(kind) if kind.value == "list");
    if is_list == list {
        return Some(at);
    }
    let help = if list {
        "an index counts the values of one list, or of fields in brackets: `index of [a, b]`"
    } else {
        "an index of several fields counts text fields"
    };
    let message = if list {
        format!("`{}` is no list", word.value)
    } else {
        format!("`{}` is a list", word.value)
    };
    diagnostics.push(Diagnostic::error("wrong-type", word.span, message).help(help));
    None
}

fn check_labels(tree: &ast::Field, labels: &[ast::Label], diagnostics: &mut Vec<Diagnostic>) -> Vec<Label> {
    if labels.len() < 2 {
        diagnostics.push(
            Diagnostic::error("few-labels", tree.kind_span, "a choice has at least two labels")
                .help("name them inside the braces: `choice { yes no }`"),
        );
    }
    let mut checked: Vec<Label> = Vec::new();
    for label in labels {
        let codes: Vec<String> = match label.codes.as_slice() {
            [] => vec![label.name.value.clone()],
            codes => codes.iter().map(|c| c.value.clone()).collect(),
        };
        let clash = checked
            .iter()
            .find(|l| l.name == label.name.value || l.codes.iter().any(|c| codes.contains(c)));
        if let Some(first) = clash {
            let shared = first.codes.iter().find(|c| codes.contains(c));
            let message = match shared {
                Some(code) => format!(
                    "labels `{}` and `{}` are both read from `{code}`",
                    first.name, label.name.value
                ),
                None => format!("label `{}` is named twice", label.name.value),
            };
            let help = "every label has a name and source values of its own";
            diagnostics.push(Diagnostic::error("label-collides", label.name.span, message).help(help));
        }
        checked.push(Label {
            name: label.name.value.clone(),
            codes,
        });
    }
    checked
}

fn check_says(
    tree: &ast::Field,
    kind: Option<&FieldKind>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(String, Vec<String>)> {
    let mut sets: Vec<(String, Vec<String>)> = Vec::new();
    let wanted = match kind {
        Some(FieldKind::Choice(labels)) => Some(labels.len()),
        Some(FieldKind::Bool) => Some(2),
        _ => None,
    };
    for says in &tree.says {
        let name = says
            .name
            .as_ref()
            .map_or_else(|| "default".to_string(), |n| n.value.clone());
        if sets.iter().any(|(other, _)| *other == name) {
            let message = format!("verbalizer set `{name}` is declared twice");
            diagnostics.push(Diagnostic::error("declared-twice", says.span, message));
        }
        match wanted {
            Some(count) if says.texts.len() != count => {
                let message = format!(
                    "{} for {}",
                    crate::text::count(says.texts.len(), "verbalizer"),
                    crate::text::count(count, "label")
                );
                let help = if matches!(kind, Some(FieldKind::Bool)) {
                    "a bool says what false is, then what true is"
                } else {
                    "one text for each label, in the order of the labels"
                };
                diagnostics.push(Diagnostic::error("verbalizer-count", says.span, message).help(help));
            }
            None if kind.is_some() => {
                let message = "only a choice or a bool has verbalizers";
                diagnostics.push(Diagnostic::error("wrong-type", says.span, message));
            }
            _ => {}
        }
        sets.push((name, says.texts.iter().map(|t| t.value.clone()).collect()));
    }
    sets
}

fn check_step(step: &ast::Step, diagnostics: &mut Vec<Diagnostic>) -> Option<Clean> {
    let arguments: Vec<String> = step.arguments.iter().map(|a| a.value.clone()).collect();
    let clean = match (step.name.value.as_str(), arguments.as_slice()) {
        ("trim", []) => Clean::Trim,
        ("collapse", []) => Clean::Collapse,
        ("lower", []) => Clean::Lower,
        ("round", []) => Clean::Round,
        ("unescape", []) => Clean::Unescape,
        ("replace", [from, to]) if !from.is_empty() => Clean::Replace(from.clone(), to.clone()),
        ("before", [marker]) if !marker.is_empty() => Clean::Before(marker.clone()),
        ("after", [marker]) if !marker.is_empty() => Clean::After(marker.clone()),
        ("split", [separator]) if !separator.is_empty() => Clean::Split(separator.clone()),
        ("upper", []) => Clean::Upper(None),
        ("rewrite", [pattern, _]) | ("upper", [pattern]) => match (Regex::new(pattern), arguments.get(1)) {
            (Ok(regex), Some(to)) => Clean::Rewrite(regex, to.clone()),
            (Ok(regex), None) => Clean::Upper(Some(regex)),
            (Err(error), _) => {
                diagnostics.push(bad_pattern(&step.arguments[0], &error));
                return None;
            }
        },
        (name, _) if STEPS.contains(&name) => {
            let form = match name {
                "replace" => "replace \"what\" \"with\"",
                "rewrite" => "rewrite \"pattern\" \"with\"",
                "before" => "before \"marker\"",
                "after" => "after \"marker\"",
                "split" => "split \"separator\"",
                "upper" => "upper or upper \"pattern\"",
                _ => "no argument",
            };
            let message = format!("`{name}` does not take these arguments");
            diagnostics
                .push(Diagnostic::error("clean-arguments", step.span, message).label(format!("expected {form}")));
            return None;
        }
        (name, _) => {
            diagnostics.push(
                Diagnostic::error(
                    "unknown-clean",
                    step.name.span,
                    format!("no clean-up is named `{name}`"),
                )
                .help(format!("the clean-ups are {}", crate::text::list(STEPS)))
                .suggest(name, STEPS.iter().copied()),
            );
            return None;
        }
    };
    Some(clean)
}

/// A regular expression that does not compile: the last line of the crate's message is the reason.
pub(super) fn bad_pattern(word: &Word, error: &regex::Error) -> Diagnostic {
    let text = error.to_string();
    let reason = text
        .lines()
        .last()
        .unwrap_or_default()
        .trim()
        .trim_start_matches("error: ")
        .to_string();
    Diagnostic::error(
        "bad-pattern",
        word.span,
        format!("this is no regular expression: {reason}"),
    )
    .help("in a string a backslash is written twice: \"\\\\d+\"")
}
