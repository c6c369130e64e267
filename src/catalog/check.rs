//! The whole catalog from the trees of all files.

use std::collections::{BTreeMap, BTreeSet};

use super::dataset::Soundness;
use super::model::{Catalog, Cluster};
use super::{dataset, mixture, template};
use crate::diagnostic::{self, Diagnostic, Span};
use crate::syntax::ast::{self, Declares, Item, Word};

/// What is declared anywhere, broken or not, so that one mistake does not make another.
pub(super) struct Names {
    pub clusters: BTreeMap<String, Span>,
    pub datasets: BTreeMap<String, Span>,
    pub families: BTreeSet<String>,
    pub tasks: BTreeSet<String>,
    pub mixtures: BTreeMap<String, Span>,
}

/// Resolves every name and checks every item; the diagnostics are in the order of the files.
pub fn check(items: Vec<Item>) -> (Catalog, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let (mut clusters, mut datasets, mut sets, mut mixtures) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut broken: Vec<(Declares, Word)> = Vec::new();
    for item in items {
        match item {
            Item::Cluster(cluster) => clusters.push(cluster),
            Item::Dataset(dataset) => datasets.push(dataset),
            Item::Templates(set) => sets.push(set),
            Item::Mixture(mixture) => mixtures.push(mixture),
            Item::Broken(kind, name) => broken.push((kind, name)),
        }
    }
    let mut families: BTreeSet<String> = datasets.iter().map(|d| d.name.value.clone()).collect();
    for statement in datasets.iter().flat_map(|d| &d.statements) {
        if let ast::DatasetStatement::Family(name) = statement {
            families.insert(name.value.clone());
        }
    }
    let mut tasks: BTreeSet<String> = clusters.iter().map(|c| c.name.value.clone()).collect();
    for statement in datasets.iter().flat_map(|d| &d.statements) {
        if let ast::DatasetStatement::Task(name) = statement {
            tasks.insert(name.value.clone());
        }
    }
    let mut names = Names {
        clusters: declare(clusters.iter().map(|c| &c.name), "cluster", &mut diagnostics),
        datasets: declare(datasets.iter().map(|d| &d.name), "dataset", &mut diagnostics),
        mixtures: declare(mixtures.iter().map(|m| &m.name), "mixture", &mut diagnostics),
        families,
        tasks,
    };
    for (kind, name) in broken {
        let declared = match kind {
            Declares::Cluster => &mut names.clusters,
            Declares::Dataset => {
                names.families.insert(name.value.clone());
                &mut names.datasets
            }
            Declares::Mixture => &mut names.mixtures,
            Declares::Templates => continue,
        };
        declared.entry(name.value).or_insert(name.span);
    }
    declare(sets.iter().map(|s| &s.name), "template set", &mut diagnostics);

    let mut catalog = Catalog {
        clusters: check_clusters(&clusters, &names, &mut diagnostics),
        ..Catalog::default()
    };
    // Datasets whose mistakes leave their fields readable: their templates are checked, and then they go.
    let mut unsound = Vec::new();
    for tree in datasets {
        // Of two with one name, the second is reported above; the first counts.
        if names.datasets.get(&tree.name.value) != Some(&tree.name.span) {
            continue;
        }
        let (dataset, soundness) = dataset::check(&tree, &names, &mut diagnostics);
        if soundness != Soundness::Broken {
            if soundness == Soundness::Legible {
                unsound.push(dataset.id.clone());
            }
            catalog.datasets.insert(dataset.id.clone(), dataset);
        }
    }
    for set in &sets {
        template::check_set(set, &names, &mut catalog, &mut diagnostics);
    }
    for name in unsound {
        catalog.datasets.remove(&name);
    }
    for dataset in catalog.datasets.values_mut() {
        dataset.templates.sort_by(|a, b| a.name.cmp(&b.name));
    }
    catalog.mixtures = mixture::check_all(&mixtures, &names, &mut diagnostics);
    // What no dataset has may be what a broken one has.
    if catalog.datasets.len() == names.datasets.len() {
        mixture::check_against(&catalog, &mut diagnostics);
    }
    diagnostics.retain(|d| d.code != template::REPEATED);
    diagnostic::sort(&mut diagnostics);
    (catalog, diagnostics)
}

fn declare<'a>(
    words: impl Iterator<Item = &'a Word>,
    noun: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Span> {
    let mut declared: BTreeMap<String, Span> = BTreeMap::new();
    for word in words {
        if let Some(first) = declared.get(&word.value) {
            diagnostics.push(
                Diagnostic::error(
                    "declared-twice",
                    word.span,
                    format!("{noun} `{}` is declared twice", word.value),
                )
                .related(*first, "declared here first"),
            );
        } else {
            declared.insert(word.value.clone(), word.span);
        }
    }
    declared
}

fn check_clusters(
    trees: &[ast::Cluster],
    names: &Names,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Cluster> {
    let mut clusters: BTreeMap<String, Cluster> = BTreeMap::new();
    for tree in trees {
        let title = tree
            .title
            .as_ref()
            .map_or_else(|| tree.name.value.clone(), |t| t.value.clone());
        let cluster = Cluster {
            name: tree.name.value.clone(),
            title,
            overlaps: BTreeSet::new(),
        };
        clusters.entry(tree.name.value.clone()).or_insert(cluster);
    }
    for tree in trees {
        for other in &tree.overlaps {
            if known(other, &names.clusters, "cluster", diagnostics) {
                for (a, b) in [(&tree.name.value, &other.value), (&other.value, &tree.name.value)] {
                    if let Some(cluster) = clusters.get_mut(a) {
                        cluster.overlaps.insert(b.clone());
                    }
                }
            }
        }
    }
    clusters
}

/// Whether a name is declared; reports it where not.
pub(super) fn known(
    word: &Word,
    declared: &BTreeMap<String, Span>,
    noun: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> bool {
    let found = declared.contains_key(&word.value);
    if !found {
        diagnostics.push(
            Diagnostic::error(
                unknown_code(noun),
                word.span,
                format!("no {noun} is named `{}`", word.value),
            )
            .label("not declared anywhere")
            .help_if(few(noun, declared))
            .suggest(&word.value, declared.keys().map(String::as_str)),
        );
    }
    found
}

/// All names of a kind, where they are few enough to read.
fn few(noun: &str, declared: &BTreeMap<String, Span>) -> Option<String> {
    let names: Vec<&str> = declared.keys().map(String::as_str).collect();
    (!names.is_empty() && names.len() <= 12).then(|| match names.as_slice() {
        [one] => format!("the only {noun} is `{one}`"),
        many => format!("the {noun}s are {}", crate::text::list(many)),
    })
}

fn unknown_code(noun: &str) -> &'static str {
    match noun {
        "cluster" => "unknown-cluster",
        "dataset" => "unknown-dataset",
        "mixture" => "unknown-mixture",
        _ => "unknown-name",
    }
}

/// The largest whole number that is told from its neighbours: numbers are read in double precision.
const LARGEST: u64 = (1 << 53) - 1;

/// A whole number of at least `least`, or a diagnostic.
pub(super) fn whole(number: &ast::Number, least: u64, what: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<u64> {
    whole_to(number, least, LARGEST, what, diagnostics)
}

/// A whole number between `least` and `most`, or a diagnostic.
pub(super) fn whole_to(
    number: &ast::Number,
    least: u64,
    most: u64,
    what: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<u64> {
    let value = number.value;
    let large = value > most as f64;
    if value.fract() == 0.0 && value >= least as f64 && !large {
        return Some(value as u64);
    }
    let message = if large {
        format!("{what} is at most {}", crate::text::thousands(most))
    } else {
        format!("{what} is a whole number of at least {least}")
    };
    diagnostics.push(Diagnostic::error("bad-number", number.span, message).label("not such a number"));
    None
}
