//! A prompt names some of the choices and not the others.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::view::{TemplateView, in_prompts, pattern, words};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "LAB017",
    name: "some-choices-named",
    group: Group::Labels,
    severity: Severity::Warning,
    default: true,
    page: include_str!("some_choices_named.md"),
    check: Check::Template(check),
};

static EITHER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(?i)["'“]?([\p{L}][\p{L} ]*?)["'”]?,? or ["'“]?([\p{L}][\p{L} ]*?)["'”]?(?:[?.,:;)\n]|$)"#)
});

fn check(view: &TemplateView) -> Vec<Finding> {
    let Some(choices) = view.choices() else {
        return Vec::new();
    };
    let shown = ["options", "choices"].iter().any(|name| view.input.prints(name));
    if choices.len() < 3 || shown || !view.answers_a_choice() || !view.is_forward() {
        return Vec::new();
    }
    let choices: Vec<String> = choices.iter().map(|choice| words::words(choice).join(" ")).collect();
    let said = format!(" {} ", words::words(&view.input.sketch().text).join(" "));
    let missing = choices.iter().find(|choice| !said.contains(&format!(" {choice} ")));
    let Some(missing) = missing else { return Vec::new() };
    in_prompts(view, &EITHER, |hit| {
        let side = |text: &str| words::words(text).join(" ");
        let (first, second) = (side(hit.text()), side(hit.captures.get(2)?.as_str()));
        let named = choices
            .iter()
            .filter(|choice| first.ends_with(choice.as_str()) || second == **choice)
            .count();
        (named >= 2 && choices.contains(&second))
            .then(|| hit.finding(format!("`{missing}` is an answer too, and is not named")))
    })
}
