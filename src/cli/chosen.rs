//! A selection over a project: its datasets and templates as subjects, and how they compare with a build.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::args::Selecting;
use super::output;
use crate::build::{dataset_meaning, template_meaning};
use crate::catalog::{self, Catalog, Dataset, Template};
use crate::diagnostic::Span;
use crate::digest::hex;
use crate::project::Project;
use crate::select::{Kind, Select, State, Subject};
use crate::shard::{self, DatasetFacts};

/// What a selection chose of a project.
pub struct Chosen {
    /// Nothing was said, so nothing is left out.
    pub everything: bool,
    subjects: Vec<Subject>,
}

impl Chosen {
    /// The datasets that are chosen, or have a template that is; in the order of their names.
    pub fn datasets<'a>(&self, project: &'a Project) -> Vec<&'a Dataset> {
        let ids: BTreeSet<&str> = self.present().map(|subject| subject.dataset.as_str()).collect();
        let datasets = project.catalog.datasets.values();
        datasets.filter(|dataset| ids.contains(dataset.id.as_str())).collect()
    }

    /// The templates of a dataset that are chosen, in the order of their names.
    pub fn templates<'a>(&self, dataset: &'a Dataset) -> Vec<&'a Template> {
        let of = |template: &&Template| self.present().any(|s| is(s, &dataset.id, Some(&template.name)));
        dataset.templates.iter().filter(of).collect()
    }

    /// Whether a template of a dataset is chosen.
    pub fn has_template(&self, dataset: &str, template: &str) -> bool {
        self.present().any(|subject| is(subject, dataset, Some(template)))
    }

    pub fn has_dataset(&self, id: &str) -> bool {
        self.present().any(|subject| subject.dataset == id)
    }

    /// Whether a place is in an item of the chosen datasets, or beside them in a file, in no item at all.
    pub fn concerns(&self, project: &Project, at: Span) -> bool {
        let mut around = project.outline.iter().filter(|item| item.span.file == at.file);
        let of = |datasets: &[String]| datasets.iter().any(|id| self.has_dataset(id));
        let inside = |start: usize, end: usize| start <= at.start && at.end <= end;
        match around.clone().find(|item| inside(item.span.start, item.span.end)) {
            Some(item) => of(&item.datasets),
            None => around.any(|item| of(&item.datasets)),
        }
    }

    /// How a template, or a dataset that has none, compares with the build; `None` where nobody asked.
    pub fn state(&self, dataset: &str, template: Option<&str>) -> Option<State> {
        self.present().find(|subject| is(subject, dataset, template))?.state
    }

    /// What is in the build alone, as `DATASET/TEMPLATE`, or `DATASET` where all of it is gone.
    pub fn removed(&self) -> Vec<String> {
        let gone = self.subjects.iter().filter(|s| s.state == Some(State::Removed));
        gone.map(|s| match &s.template {
            Some(template) => format!("{}/{template}", s.dataset),
            None => s.dataset.clone(),
        })
        .collect()
    }

    fn present(&self) -> impl Iterator<Item = &Subject> {
        self.subjects.iter().filter(|s| s.state != Some(State::Removed))
    }
}

fn is(subject: &Subject, dataset: &str, template: Option<&str>) -> bool {
    subject.dataset == dataset && subject.template.as_deref() == template
}

/// Resolves a selection over what is sound in a project.
pub fn of_project(project: &Project, selecting: &Selecting) -> anyhow::Result<Chosen> {
    of_project_and(project, selecting, Vec::new())
}

/// Resolves a selection over what is sound in a project, and more that goes by names of its own.
pub fn of_project_and(project: &Project, selecting: &Selecting, more: Vec<Subject>) -> anyhow::Result<Chosen> {
    let mut sound = subjects(&project.catalog);
    sound.extend(more);
    choose(project, selecting, sound).map_err(|error| {
        // A dataset with mistakes is no typing error.
        let broken = unsound(project);
        let word = selecting.selection.iter().find_map(|word| {
            let name = word.rsplit(':').next().unwrap_or(word);
            broken
                .iter()
                .find(|(id, _)| *id == name.split('/').next().unwrap_or(name))
        });
        match word {
            Some((id, _)) => anyhow::anyhow!("no dataset named `{id}` is sound; the mistakes above may be its own"),
            None => error,
        }
    })
}

/// Resolves a selection over all that a project declares, sound or not.
pub fn of_declared(project: &Project, selecting: &Selecting) -> anyhow::Result<Chosen> {
    let mut all = subjects(&project.catalog);
    all.extend(unsound(project).into_iter().map(|(id, clusters)| Subject {
        family: id.clone(),
        dataset: id,
        clusters,
        ..Subject::default()
    }));
    choose(project, selecting, all)
}

fn choose(project: &Project, selecting: &Selecting, mut subjects: Vec<Subject>) -> anyhow::Result<Chosen> {
    let select = Select::parse(&selecting.selection, Kind::PROJECT)?;
    if select.asks_for(Kind::State) || selecting.against.is_some() {
        let directory = match &selecting.against {
            Some(directory) => directory.clone(),
            None => default_build(project)?,
        };
        compare(&project.catalog, &directory, &mut subjects)?;
    }
    let chosen = select.choose(&subjects)?.unwrap_or_else(|nothing| {
        output::note(&nothing.0);
        vec![false; subjects.len()]
    });
    let mut flags = chosen.into_iter();
    subjects.retain(|_| flags.next().unwrap_or_default());
    Ok(Chosen {
        everything: select.is_everything(),
        subjects,
    })
}

/// Where `flanc build` puts the project's mixture.
pub fn build_directory(project: &Project) -> PathBuf {
    let config = &project.config.build;
    match &config.out {
        Some(out) => project.root.join(out),
        None => project.root.join("build").join(project.mixture()),
    }
}

fn default_build(project: &Project) -> anyhow::Result<PathBuf> {
    let directory = build_directory(project);
    if !directory.join("manifest.json").is_file() {
        bail!(
            "`state:` compares with a build, and none is at {}; name one with --against DIR",
            directory.display()
        );
    }
    Ok(directory)
}

/// The datasets that are declared and have mistakes, with the clusters they say they are in.
fn unsound(project: &Project) -> BTreeMap<String, Vec<String>> {
    let declared = project.outline.iter().filter(|declared| declared.is_dataset);
    let mut found = BTreeMap::new();
    for item in declared {
        for id in &item.datasets {
            if !project.catalog.datasets.contains_key(id) {
                found.insert(id.clone(), item.clusters.clone());
            }
        }
    }
    found
}

/// Everything sound that can be selected.
fn subjects(catalog: &Catalog) -> Vec<Subject> {
    let mixtures: Vec<_> = catalog
        .mixtures
        .values()
        .map(|mixture| (mixture, catalog::selection(catalog, mixture)))
        .collect();
    let mut found = Vec::new();
    for dataset in catalog.datasets.values() {
        let using = mixtures.iter().filter(|(_, selection)| {
            selection.trained.contains(&dataset.id) || selection.evaluated.contains(&dataset.id)
        });
        let using: Vec<_> = using.map(|(mixture, _)| mixture).collect();
        let whole = Subject {
            mixtures: using.iter().map(|mixture| mixture.name.clone()).collect(),
            ..subject(dataset)
        };
        if dataset.templates.is_empty() {
            found.push(whole);
            continue;
        }
        for template in &dataset.templates {
            let using = using.iter().filter(|mixture| mixture.uses(template));
            found.push(Subject {
                template: Some(template.name.clone()),
                set: Some(template.set.clone()),
                role: Some(template.role.name().to_string()),
                mixtures: using.map(|mixture| mixture.name.clone()).collect(),
                ..whole.clone()
            });
        }
    }
    found
}

/// A dataset by what it is.
pub fn subject(dataset: &Dataset) -> Subject {
    Subject {
        dataset: dataset.id.clone(),
        clusters: dataset.clusters.clone(),
        family: dataset.family.clone(),
        task: dataset.task.clone(),
        languages: dataset.languages.clone(),
        license: dataset.license.as_ref().map(|license| license.name.clone()),
        ..Subject::default()
    }
}

/// Says of each subject how it compares with a build, as far as the build's mixture has to do with it, and adds what is
/// in the build alone.
fn compare(catalog: &Catalog, directory: &Path, subjects: &mut Vec<Subject>) -> anyhow::Result<()> {
    let manifest = shard::manifest(directory)?;
    let mixture = catalog.mixtures.get(&manifest.mixture).with_context(|| {
        format!(
            "{} is of mixture `{}`, which the project does not have",
            directory.display(),
            manifest.mixture
        )
    })?;
    if manifest.datasets.values().any(|facts| facts.declaration.is_empty()) {
        bail!(
            "{} is a build of an older flanc, which did not record what its templates say; build it again",
            directory.display()
        );
    }
    let selection = catalog::selection(catalog, mixture);
    let mut left: BTreeSet<(String, Option<String>)> = BTreeSet::new();
    for (id, facts) in &manifest.datasets {
        left.extend(
            facts
                .template_digests
                .keys()
                .map(|name| (id.clone(), Some(name.clone()))),
        );
        left.insert((id.clone(), None));
    }
    for subject in subjects.iter_mut() {
        let id = &subject.dataset;
        let Some(dataset) = catalog.datasets.get(id) else {
            continue;
        };
        let part = selection.trained.contains(id) || selection.evaluated.contains(id);
        if !part && !selection.left_out.contains_key(id) {
            continue;
        }
        let template = dataset
            .templates
            .iter()
            .find(|t| Some(&t.name) == subject.template.as_ref());
        if template.is_some_and(|template| !mixture.uses(template)) {
            continue;
        }
        subject.state = Some(state(dataset, template, manifest.datasets.get(id)));
        left.remove(&(id.clone(), None));
        left.remove(&(id.clone(), subject.template.clone()));
    }
    // Of a dataset that is gone altogether, its templates need not be named.
    let whole: BTreeSet<String> = left
        .iter()
        .filter(|(_, t)| t.is_none())
        .map(|(id, _)| id.clone())
        .collect();
    left.retain(|(id, template)| template.is_none() || !whole.contains(id));
    for (id, template) in left {
        let facts = &manifest.datasets[&id];
        subjects.push(Subject {
            dataset: id,
            clusters: facts.clusters.clone(),
            family: facts.family.clone(),
            task: facts.task.clone(),
            languages: facts.languages.clone(),
            license: facts.license.clone(),
            template,
            state: Some(State::Removed),
            ..Subject::default()
        });
    }
    Ok(())
}

fn state(dataset: &Dataset, template: Option<&Template>, built: Option<&DatasetFacts>) -> State {
    let Some(built) = built else { return State::New };
    let declared = hex(&dataset_meaning(dataset)) == built.declaration;
    match template.map(|template| (built.template_digests.get(&template.name), template)) {
        Some((None, _)) => State::New,
        Some((Some(digest), template)) if declared && hex(&template_meaning(template)) == *digest => State::Same,
        None if declared => State::Same,
        _ => State::Modified,
    }
}
