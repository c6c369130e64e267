//! `a` stands before a vowel, or `an` before a consonant.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::view::{TemplateView, in_prompts, pattern, words};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT024",
    name: "wrong-article",
    group: Group::Text,
    severity: Severity::Warning,
    default: true,
    page: include_str!("wrong_article.md"),
    check: Check::Template(check),
};

static ARTICLE: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(?:^|[\s("])([Aa]n?) "?(\p{L}[\p{L}-]*)"#));

/// Words that begin with a vowel and follow a letter, and never an article.
const NO_NOUN: &[&str] = &[
    "is", "are", "in", "on", "of", "if", "and", "or", "as", "at", "it", "us", "up", "out", "about", "under", "over",
    "after", "any", "all", "asks", "entails", "implies", "into", "its", "also", "always",
];

fn check(view: &TemplateView) -> Vec<Finding> {
    if !view.in_english() {
        return Vec::new();
    }
    in_prompts(view, &ARTICLE, |hit| {
        let (article, word) = (hit.text(), hit.captures.get(2)?.as_str());
        let wanted = words::article(word)?;
        // `A` may be a letter: an option, a name, the end of a sentence.
        let inside = article == "A" && !words::begins_sentence(hit.before());
        let letter = inside || NO_NOUN.contains(&word.to_lowercase().as_str());
        if article.eq_ignore_ascii_case(wanted) || letter {
            return None;
        }
        let new = if article.starts_with('A') {
            if wanted == "a" { "A" } else { "An" }
        } else {
            wanted
        };
        Some(
            hit.finding(format!("`{article}` before `{word}`"))
                .fix_if(hit.replace(new)),
        )
    })
}
