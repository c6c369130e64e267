//! How often each rule found something, the most often first.

use crate::lint::{Report, Rule};

/// The rules that found something, each with how often, and how often a fix goes with it.
pub fn statistics(report: &Report) -> Vec<(&'static Rule, usize, usize)> {
    let mut counts: Vec<(&'static Rule, usize, usize)> = Vec::new();
    for finding in &report.findings {
        let rule = finding.rule();
        let fixed = usize::from(finding.fix.is_some());
        match counts.iter_mut().find(|(other, ..)| other.code == rule.code) {
            Some((_, count, fixable)) => {
                *count += 1;
                *fixable += fixed;
            }
            None => counts.push((rule, 1, fixed)),
        }
    }
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.code.cmp(b.0.code)));
    counts
}
