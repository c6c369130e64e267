//! One object for the run, one for each finding: what `check` says of a mistake, with the rule and the fix.

use serde_json::{Value, json};

use crate::diagnostic::to_json;
use crate::lint::Report;
use crate::lint::places::Places;
use crate::project::Project;

pub fn json(report: &Report, project: &Project) -> Value {
    let (sources, places) = (&project.sources, Places::new(project));
    let findings = report.findings.iter().map(|finding| {
        let mut value = to_json(std::slice::from_ref(&finding.diagnostic), sources)[0].take();
        let rule = finding.rule();
        value["name"] = json!(rule.name);
        value["group"] = json!(rule.group.name());
        let template = places.at(finding.span());
        value["set"] = json!(template.map(|(set, _)| set));
        value["template"] = json!(template.map(|(_, name)| name));
        value["fix"] = finding.fix.as_ref().map_or(Value::Null, |fix| {
            let edits = fix.edits.iter().map(|(span, new)| {
                json!({ "file": sources.name(span.file), "start": span.start, "end": span.end, "new": new })
            });
            json!({ "safe": fix.safe, "edits": edits.collect::<Vec<_>>() })
        });
        value
    });
    json!({
        "findings": findings.collect::<Vec<_>>(),
        "datasets": report.datasets,
        "templates": report.templates,
        "rows": report.rows,
        "allowed": report.allowed,
        "not_run": report.without_rows.iter().map(|rule| rule.code).collect::<Vec<_>>(),
    })
}
