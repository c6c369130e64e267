//! Two or more spaces stand inside a line.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::view::{TemplateView, in_bodies, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT008",
    name: "double-space",
    group: Group::Text,
    severity: Severity::Note,
    default: true,
    page: include_str!("double_space.md"),
    check: Check::Template(check),
};

static SPACES: LazyLock<Regex> = LazyLock::new(|| pattern(r"[^\s|]([ ]{2,})[^\s|]"));

fn check(view: &TemplateView) -> Vec<Finding> {
    in_bodies(view, &SPACES, |hit| {
        // Spaces of one place are replaced; where a branch stands between them, a person sees to it.
        let origin = hit.sketch.origin(hit.at.clone());
        let together = origin.len() == hit.text().len();
        let fix = if together { hit.replace(" ") } else { None };
        Some(
            hit.finding(format!("{} spaces stand side by side", hit.text().len()))
                .fix_if(fix),
        )
    })
}
