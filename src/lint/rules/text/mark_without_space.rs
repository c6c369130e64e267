//! No space stands between a mark and what follows it.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::fix::Fix;
use crate::lint::view::{TemplateView, in_prompts, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT033",
    name: "mark-without-space",
    group: Group::Text,
    severity: Severity::Warning,
    default: true,
    page: include_str!("mark_without_space.md"),
    check: Check::Template(check),
};

static TIGHT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        // `question.▢`, `this.Then`, `positive,negative`
        r#"[\p{Ll}"”)]{3}(?:([.?!,;])▢|([.?!,;:])▤|([.?!])\p{Lu}\p{Ll}|([,;:])\p{Ll}{3})"#,
        // `▢.Question`, `▢,is`, `▢"Does`
        r#"|▢["”]?(?:([.?!;:,])\p{Lu}\p{Ll}|([,;])\p{Ll}{2}|(["”])\p{L}{2})"#,
    ))
});

fn check(view: &TemplateView) -> Vec<Finding> {
    in_prompts(view, &TIGHT, |hit| {
        let mark = (1..=7).find_map(|group| hit.captures.get(group))?;
        let text = &hit.sketch.text;
        // Addresses, names of files, code and lists in brackets have marks of their own.
        let edge = |c: char| c.is_whitespace();
        let start = text[..mark.start()].rfind(edge).map_or(0, |at| at + 1);
        let end = text[mark.end()..].find(edge).map_or(text.len(), |at| mark.end() + at);
        let word = &text[start..end];
        let code = word.contains(['/', '@', '_', '=', '<', '>', '[', '{', '(', '|', '\\', '#']);
        let file = word.starts_with("www.") || word[..mark.start() - start].contains('.');
        // `word:word` is a name as often as a slip, and `"he said",she` is rare.
        let paired = mark.as_str() == ":" && word.chars().all(|c| c.is_alphanumeric() || c == ':');
        if code || file || paired {
            return None;
        }
        let span = hit.body.span(hit.sketch, mark.range());
        let fix = hit.insert(mark.end(), " ").map(Fix::unsafely);
        Some(Finding::new(span, format!("no space follows this `{}`", mark.as_str())).fix_if(fix))
    })
}
