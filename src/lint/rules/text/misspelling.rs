//! A word of a prompt is misspelt.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::fix::Fix;
use crate::lint::view::{HOLE, TemplateView, in_prompts, pattern, vocabulary, words};
use crate::lint::{Check, Finding, Group, Rule};
use crate::text;

pub static RULE: Rule = Rule {
    code: "TXT021",
    name: "misspelling",
    group: Group::Text,
    severity: Severity::Error,
    default: true,
    page: include_str!("misspelling.md"),
    check: Check::Template(check),
};

static WORD: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:^|[^\p{L}\p{N}_@#/.'’-])([\p{L}]{3,})"));

fn check(view: &TemplateView) -> Vec<Finding> {
    if !view.in_english() {
        return Vec::new();
    }
    in_prompts(view, &WORD, |hit| {
        let word = hit.text();
        // Names and shortened names are what they are; a sentence begins with a capital, too.
        let goes_on = hit
            .after()
            .strip_prefix(' ')
            .is_some_and(|rest| rest.starts_with(char::is_lowercase));
        let short = word.starts_with(char::is_uppercase) && word.len() < if goes_on { 4 } else { 6 };
        let inside = word.chars().skip(1).any(char::is_uppercase);
        let name = word.starts_with(char::is_uppercase) && !words::begins_sentence(hit.before());
        let code = hit.after().starts_with(['_', '@', '/', '(', '’', '\''])
            || hit.before().ends_with(HOLE)
            || hit.after().starts_with(HOLE);
        if short || inside || name || code || !word.is_ascii() {
            return None;
        }
        let small = word.to_lowercase();
        let near;
        let right = match typos_dict::WORD.find(&unicase::UniCase::new(word)) {
            Some(listed) => *listed,
            None => {
                near = [vocabulary::meant(&small).filter(|_| !is_own(view, &small))?];
                near.as_slice()
            }
        };
        let help = if right.is_empty() {
            String::new()
        } else {
            format!("did you mean {}?", text::list(right))
        };
        let fix = match right {
            [one] if !word.starts_with(char::is_uppercase) => hit.replace(one).map(Fix::unsafely),
            _ => None,
        };
        let finding = hit.finding(format!("`{word}` is misspelt")).fix_if(fix);
        Some(if help.is_empty() { finding } else { finding.help(help) })
    })
}

/// Whether a dataset uses a word for itself or for its fields.
fn is_own(view: &TemplateView, word: &str) -> bool {
    let dataset = view.dataset;
    let fields = dataset.fields.iter().map(|field| field.name.as_str());
    let mut names = fields.chain([dataset.title.as_str(), &dataset.id]);
    names.any(|name| words::words(&name.replace('_', " ")).iter().any(|own| own == word))
}
