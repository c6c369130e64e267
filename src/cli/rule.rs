//! `flanc rule`: the pages of lint's rules.

use std::process::ExitCode;

use anyhow::bail;
use serde_json::json;

use super::args::{Common, Rule};
use super::output;
use crate::diagnostic;
use crate::lint::{page, rule};

pub fn run(common: &Common, command: &Rule) -> anyhow::Result<ExitCode> {
    let Some(word) = &command.code else {
        list(common);
        return Ok(ExitCode::SUCCESS);
    };
    let Some(found) = rule::find(word) else {
        if diagnostic::CODES.contains(&word.as_str()) {
            bail!(
                "`{word}` is no rule of `lint`, but a code of `check`: its message says what is wrong and how to mend it, \
                 and it has no page\nhelp: `flanc rule` lists the rules that have one"
            );
        }
        bail!("no rule has the code or name `{word}`; {}", rule::meant_by(word, &[]));
    };
    if common.json() {
        output::print_json(&described(found));
    } else {
        output::print(&page::printed(found));
    }
    Ok(ExitCode::SUCCESS)
}

fn list(common: &Common) {
    if common.json() {
        let rules: Vec<_> = rule::all().iter().map(|rule| described(rule)).collect();
        output::print_json(&json!({ "rules": rules }));
        return;
    }
    let mut rows = vec![
        ["code", "name", "severity", "group", "finds"]
            .map(str::to_string)
            .to_vec(),
    ];
    for rule in rule::all() {
        let off = if rule.default { "" } else { ", off" };
        rows.push(vec![
            rule.code.to_string(),
            rule.name.to_string(),
            format!("{}{off}", rule.severity.name()),
            rule.group.name().to_string(),
            page::summary(rule),
        ]);
    }
    output::print(&output::table(&rows));
}

fn described(rule: &crate::lint::Rule) -> serde_json::Value {
    json!({ "code": rule.code, "name": rule.name, "severity": rule.severity.name(), "group": rule.group.name(),
        "default": rule.default, "needs_rows": rule.check.needs_rows(), "summary": page::summary(rule), "page": rule.page })
}
