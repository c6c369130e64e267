//! JUnit's XML, as test reports of build servers read it: a suite for each file, a failed case for each finding.

use std::collections::BTreeMap;

use crate::diagnostic::Sources;
use crate::lint::{Finding, Report};

pub fn junit(report: &Report, sources: &Sources) -> String {
    let mut files: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in &report.findings {
        files
            .entry(sources.name(finding.span().file))
            .or_default()
            .push(finding);
    }
    let count = report.findings.len();
    // A suite without a case reads as nothing having run.
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"flanc lint\" tests=\"{}\" failures=\"{count}\">\n",
        count.max(1)
    );
    if files.is_empty() {
        out.push_str("  <testsuite name=\"flanc lint\" tests=\"1\" failures=\"0\">\n    <testcase name=\"no findings\" classname=\"flanc\"/>\n  </testsuite>\n");
    }
    for (file, findings) in files {
        let (name, count) = (escaped(file), findings.len());
        out.push_str(&format!(
            "  <testsuite name=\"{name}\" tests=\"{count}\" failures=\"{count}\">\n"
        ));
        for finding in findings {
            let d = &finding.diagnostic;
            let (line, column) = sources.position(d.span);
            let rule = finding.rule();
            let message = escaped(&d.message);
            out.push_str(&format!(
                "    <testcase name=\"{} {} at {line}:{column}\" classname=\"{name}\" line=\"{line}\">\n      <failure type=\"{}\" message=\"{message}\">{}</failure>\n    </testcase>\n",
                rule.code,
                rule.name,
                d.severity.name(),
                escaped(&format!("{}: {}", sources.place(d.span), d.message)),
            ));
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn escaped(text: &str) -> String {
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;");
    text.chars()
        .map(|c| {
            if c.is_control() && c != '\n' && c != '\t' {
                '\u{FFFD}'
            } else {
                c
            }
        })
        .collect()
}
