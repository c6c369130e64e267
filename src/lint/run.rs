//! All rules over a project.

use super::findings::{Finding, settle};
use super::rows::{self, Data, RowsView};
use super::rule::{Check, Rule};
use super::settings::Active;
use super::suppress::suppress;
use super::view::{DatasetView, ProjectView, TemplateView};
use crate::catalog::Dataset;
use crate::diagnostic::{FileId, Severity, Span};
use crate::project::Project;

/// What to look at.
pub struct Request<'a> {
    pub active: &'a Active,
    /// The datasets that are looked at.
    pub wanted: &'a dyn Fn(&Dataset) -> bool,
    /// The templates of a dataset whose findings count; findings elsewhere in its files always do.
    pub template: &'a dyn Fn(&str, &str) -> bool,
    /// The places where comments count, which stand in files without a dataset too.
    pub place: &'a dyn Fn(Span) -> bool,
    /// The files whose findings count.
    pub file: &'a dyn Fn(&str) -> bool,
    /// No dataset is left out, so that findings about mixtures count.
    pub everything: bool,
    /// No file is left out either, so that a comment that allows nothing is superfluous.
    pub whole: bool,
    /// The rows, where rules may look at some.
    pub data: Option<Data<'a>>,
}

/// What was found.
#[derive(Default)]
pub struct Report {
    /// In the order of the files.
    pub findings: Vec<Finding>,
    /// How many findings comments have allowed.
    pub allowed: usize,
    /// Datasets that stand in the files that were asked for, or whose templates do.
    pub datasets: usize,
    /// Templates that stand there.
    pub templates: usize,
    /// Rules that did not run, for want of rows.
    pub without_rows: Vec<&'static Rule>,
    /// Those of these datasets whose rows could not be had, each with the reason.
    pub no_rows: Vec<(String, String)>,
    /// Rows of these datasets that were looked at.
    pub rows: usize,
}

impl Report {
    /// Whether something is at or above a level.
    pub fn fails(&self, level: Option<Severity>) -> bool {
        level.is_some_and(|level| self.findings.iter().any(|f| f.diagnostic.severity <= level))
    }

    pub fn count(&self, severity: Severity) -> usize {
        self.findings
            .iter()
            .filter(|f| f.diagnostic.severity == severity)
            .count()
    }
}

/// Runs the active rules over what is sound in a project.
pub fn lint(project: &Project, request: &Request) -> Report {
    let view = ProjectView::new(project, request.wanted);
    let here = |span: Span| (request.file)(project.sources.name(span.file));
    let shown = |t: &TemplateView| here(t.template.span) && (request.template)(&t.dataset.id, &t.template.name);
    // Datasets beside them are read all the same, since rules compare; but nobody asked about those.
    let asked = |d: &DatasetView| here(d.dataset.span) || d.templates.iter().any(shown);
    let mut report = Report {
        datasets: view.datasets.iter().filter(|d| asked(d)).count(),
        templates: view
            .datasets
            .iter()
            .flat_map(|d| &d.templates)
            .filter(|t| shown(t))
            .count(),
        ..Report::default()
    };
    let needs_rows = request.active.rules().any(|rule| rule.check.needs_rows());
    let rows: Vec<RowsView> = match &request.data {
        Some(data) if needs_rows => {
            let read = rows::read(&view, data);
            let of_asked = |id: &String| view.datasets.iter().any(|d| d.dataset.id == *id && asked(d));
            report.no_rows = read.missing.into_iter().filter(|(id, _)| of_asked(id)).collect();
            report.rows = read
                .views
                .iter()
                .filter(|rows| asked(rows.view))
                .map(RowsView::len)
                .sum();
            read.views
        }
        _ => Vec::new(),
    };
    let mut findings = Vec::new();
    for rule in request.active.rules() {
        if rule.check.needs_rows() && rows.is_empty() {
            report.without_rows.push(rule);
            continue;
        }
        let found: Vec<Finding> = match rule.check {
            Check::Template(check) => {
                let templates = view.datasets.iter().flat_map(|dataset| &dataset.templates);
                templates
                    .filter(|t| (request.template)(&t.dataset.id, &t.template.name))
                    .flat_map(check)
                    .collect()
            }
            Check::Dataset(check) => view.datasets.iter().flat_map(check).collect(),
            Check::Rows(check) => rows.iter().flat_map(check).collect(),
            Check::AllRows(check) => check(&view, &rows),
            Check::Project(check) => check(&view),
            Check::Comments => Vec::new(),
        };
        let whole = matches!(rule.check, Check::AllRows(_) | Check::Project(_));
        let wanted = found.into_iter().filter(|finding| {
            let span = finding.span();
            let concerns = request.everything || !whole || finding.about.iter().any(|id| view.has(id));
            concerns && here(span) && !request.active.ignores(rule, project.sources.name(span.file))
        });
        findings.extend(wanted.map(|finding| finding.of(rule)));
    }
    settle(&mut findings);
    let files: Vec<FileId> = project
        .sources
        .ids()
        .filter(|id| {
            let name = project.sources.name(*id);
            name.ends_with(".flan") && (request.file)(name)
        })
        .collect();
    let ran = |rule: &Rule| {
        request.whole && request.active.has(rule) && !report.without_rows.iter().any(|w| w.code == rule.code)
    };
    report.allowed = suppress(&mut findings, &project.sources, &files, request, ran);
    settle(&mut findings);
    report.findings = findings;
    report
}
