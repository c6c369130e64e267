//! What rules find: a diagnostic, and a fix where there is one.

use super::fix::Fix;
use super::rule::Rule;
use crate::diagnostic::{Diagnostic, Span};

/// One finding. Rules say where and what; code and severity come from the rule.
#[derive(Clone, Debug)]
pub struct Finding {
    pub diagnostic: Diagnostic,
    pub fix: Option<Fix>,
    /// The datasets that it is about, where a rule looked at the whole project.
    pub about: Vec<String>,
}

impl Finding {
    /// The message is as in [`Diagnostic`]: a lower-case sentence without a full stop.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self {
            diagnostic: Diagnostic::warning("", span, message),
            fix: None,
            about: Vec::new(),
        }
    }

    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.diagnostic = self.diagnostic.label(label);
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.diagnostic = self.diagnostic.help(help);
        self
    }

    #[must_use]
    pub fn related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.diagnostic = self.diagnostic.related(span, label);
        self
    }

    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    #[must_use]
    pub fn fix_if(mut self, fix: Option<Fix>) -> Self {
        self.fix = fix;
        self
    }

    #[must_use]
    pub fn about(mut self, datasets: &[&str]) -> Self {
        self.about = datasets.iter().map(|id| (*id).to_string()).collect();
        self
    }

    /// As a finding of a rule.
    pub(super) fn of(mut self, rule: &'static Rule) -> Self {
        self.diagnostic.code = rule.code;
        self.diagnostic.severity = rule.severity;
        self
    }

    pub fn span(&self) -> Span {
        self.diagnostic.span
    }

    /// The rule that found it.
    pub fn rule(&self) -> &'static Rule {
        super::rule::find(self.diagnostic.code).expect("findings are stamped with the code of a rule")
    }
}

/// In the order of the files, and each thing once: a set of several datasets shows the same text several times.
pub fn settle(findings: &mut Vec<Finding>) {
    findings.sort_by(|a, b| {
        let key = |f: &Finding| (f.diagnostic.span, f.diagnostic.code);
        (key(a), &a.diagnostic.message).cmp(&(key(b), &b.diagnostic.message))
    });
    findings.dedup_by(|b, a| a.diagnostic.span == b.diagnostic.span && a.diagnostic.code == b.diagnostic.code);
}
