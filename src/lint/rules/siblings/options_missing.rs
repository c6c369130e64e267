//! A template does not show the options, where the others of its dataset do.

use crate::catalog::{FieldKind, IndexOf};
use crate::diagnostic::Severity;
use crate::lint::view::{DatasetView, TemplateView, words};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "SIB004",
    name: "options-missing",
    group: Group::Siblings,
    severity: Severity::Warning,
    default: true,
    page: include_str!("options_missing.md"),
    check: Check::Dataset(check),
};

fn check(view: &DatasetView) -> Vec<Finding> {
    let forward = || view.templates.iter().filter(|template| template.is_forward());
    let showing: Vec<&TemplateView> = forward().filter(|template| shows(template)).collect();
    let hiding = forward()
        .filter(|template| !shows(template) && !template.template.options_said && template.target.prints("answer"));
    let mut found = Vec::new();
    for template in hiding {
        let own = words::words(&template.input.sketch().text);
        let twin = showing
            .iter()
            .find(|other| words::words(&other.input.sketch().text) == own);
        let Some(twin) = twin else { continue };
        let message = format!(
            "`{}` asks what `{}` asks, and shows no options",
            template.template.name, twin.template.name
        );
        found.push(
            Finding::new(template.template.span, message)
                .related(twin.template.span, "this one shows them")
                .help("print {{ options }}, or say `options hidden` before the brace"),
        );
    }
    found
}

/// Whether a prompt shows what can be answered: as options, in a text of its own, or in words.
fn shows(template: &TemplateView) -> bool {
    if template
        .prompts()
        .any(|body| body.prints("options") || body.prints("choices"))
    {
        return true;
    }
    let said = words::words(&template.input.sketch().text).join(" ");
    template.choices().is_some_and(|choices| {
        choices
            .iter()
            .all(|choice| said.contains(&words::words(choice).join(" ")))
    }) || prints_every_option(template)
}

/// Whether the fields that options are made of are printed one by one.
fn prints_every_option(template: &TemplateView) -> bool {
    let dataset = template.dataset;
    let field = dataset.answer.as_ref().map(|answer| &dataset.fields[answer.field].kind);
    match field {
        Some(FieldKind::Index {
            of: IndexOf::Fields(fields),
            ..
        }) => fields
            .iter()
            .all(|field| template.input.prints(&dataset.fields[*field].name)),
        Some(FieldKind::Index {
            of: IndexOf::List(list),
            ..
        }) => template.input.prints(&dataset.fields[*list].name),
        _ => false,
    }
}
