//! For a person: every finding with its source lines.

use crate::diagnostic::{self, Sources};
use crate::lint::Report;

pub fn full(report: &Report, sources: &Sources, color: bool) -> String {
    let diagnostics: Vec<_> = report
        .findings
        .iter()
        .map(|finding| {
            let mut diagnostic = finding.diagnostic.clone();
            if let Some(fix) = &finding.fix {
                let how = if fix.safe { "--fix" } else { "--unsafe-fixes" };
                let help = diagnostic.help.map_or(String::new(), |help| format!("{help}; "));
                diagnostic.help = Some(format!("{help}`flanc lint {how}` does it"));
            }
            diagnostic
        })
        .collect();
    diagnostic::to_text(&diagnostics, sources, color)
}
