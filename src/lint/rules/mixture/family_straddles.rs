//! A mixture trains on one dataset and tests on another that was cut from the same source.

use crate::catalog::{self, Dataset};
use crate::diagnostic::Severity;
use crate::lint::view::ProjectView;
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "MIX001",
    name: "family-straddles",
    group: Group::Mixture,
    severity: Severity::Warning,
    default: true,
    page: include_str!("family_straddles.md"),
    check: Check::Project(check),
};

fn check(view: &ProjectView) -> Vec<Finding> {
    let mut found = Vec::new();
    for mixture in view.catalog.mixtures.values() {
        let selection = catalog::selection(view.catalog, mixture);
        for tested in selection
            .evaluated
            .iter()
            .filter_map(|id| view.catalog.datasets.get(id))
        {
            for trained in selection.trained.iter().filter_map(|id| view.catalog.datasets.get(id)) {
                if tested.family != trained.family && related(tested, trained) {
                    let message = format!(
                        "`{}` trains on `{}`, which is of one source with `{}`",
                        mixture.name, trained.id, tested.id
                    );
                    found.push(
                        Finding::new(trained.span, message)
                            .related(tested.span, "this is tested")
                            .help("give both one `family`")
                            .about(&[&tested.id, &trained.id]),
                    );
                }
            }
        }
    }
    found
}

/// Whether two datasets were cut from one source: the same paper, or the same files.
fn related(a: &Dataset, b: &Dataset) -> bool {
    let same_paper = a.cite.is_some() && a.cite == b.cite;
    same_paper || urls(a).any(|url| urls(b).any(|other| other == url))
}

/// The addresses that a dataset is read from.
fn urls(dataset: &Dataset) -> impl Iterator<Item = &str> {
    let splits = dataset.sources.values().flat_map(|source| source.splits.values());
    let paths = splits.flat_map(|split| &split.tables).flat_map(|table| &table.paths);
    paths.map(String::as_str).filter(|path| path.contains("://"))
}
