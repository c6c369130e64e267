//! A name that has a capital is written without it.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::view::{TemplateView, in_prompts, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT023",
    name: "name-in-small-letters",
    group: Group::Text,
    severity: Severity::Note,
    default: true,
    page: include_str!("name_in_small_letters.md"),
    check: Check::Template(check),
};

static NAME: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:^|[\s(])(wikipedia|wikihow|twitter|facebook|youtube|amazon|yelp|imdb|reddit|google|english|french|german|spanish|italian|chinese|japanese|russian|arabic|portuguese|american|british|european|monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|april|june|july|september|october|november|december)(?:[\s.,;:?!)'’]|$)",
    )
});

fn check(view: &TemplateView) -> Vec<Finding> {
    if !view.in_english() {
        return Vec::new();
    }
    in_prompts(view, &NAME, |hit| {
        let after = &hit.after()[..hit.after().len().min(2)];
        let address = after.starts_with('.') && after.chars().nth(1).is_some_and(char::is_alphabetic);
        // A key of a file is written as it is.
        let key = hit.after().starts_with(" =") || (hit.after().starts_with(':') && hit.before().ends_with('\n'));
        let mut letters = hit.text().chars();
        let capital: String = letters
            .next()
            .into_iter()
            .flat_map(char::to_uppercase)
            .chain(letters)
            .collect();
        (!address && !key).then(|| {
            hit.finding(format!("`{}` is a name", hit.text()))
                .fix_if(hit.replace(&capital))
        })
    })
}
