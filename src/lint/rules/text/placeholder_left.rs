//! A prompt has a placeholder that nothing fills in.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::view::{TemplateView, in_bodies, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT034",
    name: "placeholder-left",
    group: Group::Text,
    severity: Severity::Error,
    default: true,
    page: include_str!("placeholder_left.md"),
    check: Check::Template(check),
};

static LEFT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(\{ ?[A-Za-z_]\w* ?\}|\$\{\w+\}|<<\w+>>",
        r"|(?-i:\b(?:TO[D]O|FIX[M]E)\b)|\[(?:INSERT|YOUR|ADD)\b[^\]\n]*\]|(?i:lorem ipsum)",
        r"|%[sd]\b|&(?:quot|amp|nbsp|lt|gt|apos|#\d+);|<br ?/?>)"
    ))
});

fn check(view: &TemplateView) -> Vec<Finding> {
    in_bodies(view, &LEFT, |hit| {
        let text = hit.text();
        let inner = text.trim_matches(['{', '}', '$', '<', '>', ' ']);
        // Braces are text in code and formulas, but around a name that the rows have.
        let known =
            view.dataset.field(inner).is_some() || matches!(inner, "answer" | "options" | "options_" | "choices");
        let braces = text.starts_with('{');
        let typed = hit.before().ends_with(char::is_alphanumeric) && text.starts_with('%');
        let odd = !known || hit.before().ends_with(['\\', '$', '_', '^']);
        if (braces && odd) || typed {
            return None;
        }
        let what = match text.starts_with(['&', '<']) && !text.starts_with("<<") {
            true => format!("`{text}` is printed as it stands here"),
            false => format!("nothing fills in `{text}`"),
        };
        Some(
            hit.finding(what)
                .help("a value is printed by `{{ name }}`; everything else is text"),
        )
    })
}
