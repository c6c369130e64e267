//! Two marks of punctuation stand side by side that do not go together: `??`, `?.`, `..`, `,.`.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::fix::Fix;
use crate::lint::view::{TemplateView, in_bodies, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT005",
    name: "doubled-punctuation",
    group: Group::Text,
    severity: Severity::Warning,
    default: true,
    page: include_str!("doubled_punctuation.md"),
    check: Check::Template(check),
};

static DOUBLED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"[\p{L}\p{N}▢"'”’)\]]( ?[?]{2,}| ?[!]{2,}|[?][?.,:;]+|[!][.,:;]+|[.][?,:;]|[.]{2}|[,][.,:;?!]+|[;][.,:;?!]|[:][.,;?!]+|::|[?!,;] [?.!,;:])(?:[^?!.:]|$)"#,
    )
});

fn check(view: &TemplateView) -> Vec<Finding> {
    in_bodies(view, &DOUBLED, |hit| {
        let marks = hit.text().trim_start();
        // A shortened word keeps its full stop before another mark.
        let word = hit
            .before()
            .rsplit(|c: char| c.is_whitespace() || "(\"'".contains(c))
            .next()
            .unwrap_or_default();
        let short = word.contains('.') || ["etc", "Inc", "Ltd", "Jr", "Sr", "al", "vs", "resp"].contains(&word);
        // `:)` and the like are drawings; `::` and paths are code.
        let drawn = marks.starts_with(':') && hit.after().starts_with([')', '(']);
        let path = marks == "::" && hit.after().starts_with(char::is_alphanumeric);
        // `(one, two, ?)` has a place left open.
        let open = marks.contains(' ') && hit.after().starts_with(')');
        if (marks.starts_with('.') && short) || drawn || path || open {
            return None;
        }
        let kept = if marks.starts_with(['?', '!']) {
            &marks[..1]
        } else {
            &marks[marks.len() - 1..]
        };
        Some(
            hit.finding(format!("`{marks}` is one mark too many"))
                .fix_if(hit.replace(kept).map(Fix::unsafely)),
        )
    })
}
