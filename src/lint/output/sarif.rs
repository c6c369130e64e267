//! SARIF 2.1.0, as code scanning reads it: the rules that found something, and what they found.

use serde_json::{Value, json};

use crate::diagnostic::{Severity, Sources, Span};
use crate::lint::page::summary;
use crate::lint::{Report, Rule, rule};

pub fn sarif(report: &Report, sources: &Sources) -> Value {
    let found = |rule: &&&Rule| report.findings.iter().any(|f| f.diagnostic.code == rule.code);
    let rules: Vec<&Rule> = rule::all().iter().filter(found).copied().collect();
    let results = report.findings.iter().map(|finding| {
        let d = &finding.diagnostic;
        let mut result = json!({
            "ruleId": d.code,
            "ruleIndex": rules.iter().position(|rule| rule.code == d.code),
            "level": level(d.severity),
            "message": { "text": d.message },
            "locations": [location(d.span, sources)],
        });
        if let Some((span, label)) = &d.related {
            let mut related = location(*span, sources);
            related["message"] = json!({ "text": label });
            result["relatedLocations"] = json!([related]);
        }
        if let Some(fix) = &finding.fix {
            let option = if fix.safe { "--fix" } else { "--unsafe-fixes" };
            let changes = fix.edits.iter().map(|(span, new)| {
                json!({
                    "artifactLocation": { "uri": uri(sources.name(span.file)) },
                    "replacements": [{
                        "deletedRegion": { "byteOffset": span.start, "byteLength": span.end - span.start },
                        "insertedContent": { "text": new },
                    }],
                })
            });
            result["fixes"] = json!([{
                "description": { "text": format!("what `flanc lint {option}` does") },
                "artifactChanges": changes.collect::<Vec<_>>(),
            }]);
        }
        result
    });
    let results: Vec<Value> = results.collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "flanc",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|rule| described(rule)).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn described(rule: &Rule) -> Value {
    json!({
        "id": rule.code,
        "name": rule.name,
        "shortDescription": { "text": summary(rule) },
        "help": { "text": rule.page, "markdown": rule.page },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": { "tags": [rule.group.name()] },
    })
}

fn level(severity: Severity) -> &'static str {
    severity.name()
}

fn location(span: Span, sources: &Sources) -> Value {
    let (line, column) = sources.position(span);
    let (end_line, end_column) = sources.position(Span {
        start: span.end,
        ..span
    });
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(sources.name(span.file)) },
        "region": {
            "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column,
            "byteOffset": span.start, "byteLength": span.end - span.start,
        },
    } })
}

/// A relative path as a URI: what a URI cannot hold is written in percent.
fn uri(path: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes()
        .map(|byte| {
            if keep(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
