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
    /// What any of these names is looked at.
    pub parts: &'a [Part<'a>],
    /// No file and no dataset is left out, so that a comment that allows nothing is superfluous.
    pub whole: bool,
    /// The rows, where rules may look at some.
    pub data: Option<Data<'a>>,
}

/// Whether a template of a dataset is meant, both by their names.
pub type OfTemplate<'a> = Box<dyn Fn(&str, &str) -> bool + 'a>;

/// A part of a project: what is of these datasets and stands in these files.
pub struct Part<'a> {
    /// Its datasets, by their ids.
    pub dataset: Box<dyn Fn(&str) -> bool + 'a>,
    /// The templates of a dataset whose findings count; findings elsewhere in its files always do.
    pub template: OfTemplate<'a>,
    /// The places where comments count, which stand in files without a dataset too.
    pub place: Box<dyn Fn(Span) -> bool + 'a>,
    /// The files whose findings count.
    pub file: Box<dyn Fn(&str) -> bool + 'a>,
    /// No dataset is left out, so that findings about mixtures count.
    pub everything: bool,
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
    let parts = request.parts;
    let view = ProjectView::new(project, |dataset| parts.iter().any(|part| (part.dataset)(&dataset.id)));
    let name = |span: Span| project.sources.name(span.file);
    let in_template = |t: &TemplateView, span: Span| {
        let of = |part: &Part| (part.template)(&t.dataset.id, &t.template.name) && (part.file)(name(span));
        parts.iter().any(of)
    };
    let in_dataset = |d: &Dataset, span: Span| {
        let of = |part: &Part| (part.dataset)(&d.id) && (part.file)(name(span));
        parts.iter().any(of)
    };
    // What is found in the whole project is of what it is about.
    let in_project = |finding: &Finding| {
        let about = |part: &Part| part.everything || finding.about.iter().any(|id| (part.dataset)(id));
        parts
            .iter()
            .any(|part| about(part) && (part.file)(name(finding.span())))
    };
    let shown = |t: &TemplateView| in_template(t, t.template.span);
    // Datasets beside them are read all the same, since rules compare; but nobody asked about those.
    let asked = |d: &DatasetView| in_dataset(d.dataset, d.dataset.span) || d.templates.iter().any(shown);
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
                let of = |t| check(t).into_iter().filter(move |f| in_template(t, f.span()));
                templates.flat_map(of).collect()
            }
            Check::Dataset(check) => {
                let of = |d| check(d).into_iter().filter(move |f| in_dataset(d.dataset, f.span()));
                view.datasets.iter().flat_map(of).collect()
            }
            Check::Rows(check) => {
                let found = rows.iter().flat_map(|r| check(r).into_iter().map(move |f| (r, f)));
                let here = found.filter(|(r, f)| in_dataset(r.view.dataset, f.span()));
                here.map(|(_, f)| f).collect()
            }
            Check::AllRows(check) => check(&view, &rows).into_iter().filter(in_project).collect(),
            Check::Project(check) => check(&view).into_iter().filter(in_project).collect(),
            Check::Comments => Vec::new(),
        };
        let wanted = found
            .into_iter()
            .filter(|finding| !request.active.ignores(rule, name(finding.span())));
        findings.extend(wanted.map(|finding| finding.of(rule)));
    }
    settle(&mut findings);
    let files: Vec<FileId> = project
        .sources
        .ids()
        .filter(|id| {
            let name = project.sources.name(*id);
            name.ends_with(".flan") && parts.iter().any(|part| (part.file)(name))
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
