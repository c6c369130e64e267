//! Commands of GitHub's workflows, which draw each finding at its line of a pull request.

use crate::diagnostic::{Severity, Sources};
use crate::lint::Report;

pub fn github(report: &Report, sources: &Sources) -> String {
    let line = |finding: &crate::lint::Finding| {
        let d = &finding.diagnostic;
        let level = match d.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let (line, column) = sources.position(d.span);
        let file = property(sources.name(d.span.file));
        let title = property(&format!("{} {}", d.code, finding.rule().name));
        let help = d.help.as_ref().map_or(String::new(), |help| format!("\n{help}"));
        format!(
            "::{level} file={file},line={line},col={column},title={title}::{}\n",
            message(&format!("{}{help}", d.message))
        )
    };
    report.findings.iter().map(line).collect()
}

/// A message ends with its line, so that breaks and the sign of the escape are escaped.
fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property also ends at a comma or a colon.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
