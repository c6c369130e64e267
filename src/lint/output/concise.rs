//! One line a finding, as editors and grep like it.

use crate::diagnostic::Sources;
use crate::lint::Report;

pub fn concise(report: &Report, sources: &Sources) -> String {
    let line = |finding: &crate::lint::Finding| {
        let d = &finding.diagnostic;
        let fixable = if finding.fix.is_some() { " [*]" } else { "" };
        let place = sources.place(d.span);
        format!("{place}: {}[{}]{fixable} {}\n", d.severity.name(), d.code, d.message)
    };
    report.findings.iter().map(line).collect()
}
