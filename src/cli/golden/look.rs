//! What is chosen of a project, rendered now and compared with its golden files.

use std::collections::BTreeSet;
use std::process::ExitCode;

use crate::catalog::Dataset;
use crate::cli::args::{Common, From, Selecting};
use crate::cli::{chosen, count, output, progress};
use crate::golden::{self, Coverage, Difference, Golden, Store};
use crate::project::Project;
use crate::select::Subject;
use crate::source::{Depot, Place, SourceError};
use crate::text;

/// The source that goldens are of, where a dataset has it.
const SAMPLE: &str = "sample";

/// One dataset: its file, and what it would say now.
pub struct Looked {
    pub dataset: String,
    pub cluster: String,
    pub before: Option<Golden>,
    pub now: Golden,
    /// Those that are chosen.
    pub differences: Vec<Difference>,
    pub coverage: Vec<Coverage>,
    /// Its file stands in the folder of another cluster.
    pub misplaced: bool,
}

/// A look at all that is chosen.
pub struct Look {
    pub store: Store,
    pub datasets: Vec<Looked>,
    /// What could not be looked at, and why.
    pub problems: Vec<String>,
    pub chosen: chosen::Chosen,
}

impl Look {
    pub fn differences(&self) -> impl Iterator<Item = &Difference> {
        self.datasets.iter().flat_map(|looked| &looked.differences)
    }

    pub fn coverage(&self) -> impl Iterator<Item = &Coverage> {
        self.datasets.iter().flat_map(|looked| &looked.coverage)
    }
}

/// Renders what is chosen and compares it with its files.
pub fn look(common: &Common, selecting: &Selecting, from: &From) -> anyhow::Result<Result<Look, ExitCode>> {
    let project = match output::sound_project(common)? {
        Ok(project) => project,
        Err(code) => return Ok(Err(code)),
    };
    let store = Store::open(&project.root)?;
    let chosen = chosen::of_project_and(&project, selecting, orphans(&project, &store))?;
    let mut look = Look {
        store,
        datasets: Vec::new(),
        problems: Vec::new(),
        chosen,
    };
    let places = Places::new(common, &project, from)?;
    let ids: BTreeSet<&String> = project
        .catalog
        .datasets
        .keys()
        .chain(look.store.entries.keys())
        .collect();
    for id in ids {
        if !look.chosen.has_dataset(id) {
            continue;
        }
        let dataset = project.catalog.datasets.get(id);
        match one(dataset, id, &look.store, &places) {
            Ok(Some(mut looked)) => {
                looked.differences.retain(|d| look.chosen.has_template(id, &d.template));
                looked.coverage.retain(|c| look.chosen.has_template(id, &c.template));
                look.datasets.push(looked);
            }
            Ok(None) => {}
            Err(problem) => look.problems.push(problem),
        }
    }
    Ok(Ok(look))
}

/// Looks at one dataset. One without templates and without a file has nothing to look at.
fn one(dataset: Option<&Dataset>, id: &str, store: &Store, places: &Places) -> Result<Option<Looked>, String> {
    let entry = store.entries.get(id);
    if let Some(Err(damage)) = entry.map(|entry| &entry.golden) {
        return Err(damage.clone());
    }
    let before = store.golden(id).cloned();
    let nothing = Golden::default();
    let old = before.as_ref().unwrap_or(&nothing);
    let Some(dataset) = dataset.filter(|dataset| !dataset.templates.is_empty()) else {
        let Some(entry) = entry else { return Ok(None) };
        let now = Golden {
            dataset: id.to_string(),
            ..Golden::default()
        };
        return Ok(Some(Looked {
            dataset: id.to_string(),
            cluster: entry.cluster.clone(),
            differences: golden::compare(&entry.cluster, false, old, &now),
            before,
            now,
            coverage: Vec::new(),
            misplaced: false,
        }));
    };
    let (source, place) = places.of(dataset, before.as_ref())?;
    let current = golden::current(dataset, &source, &place, before.as_ref()).map_err(|error| match error {
        SourceError::Absent { .. } => {
            format!("error: {error}\n  help: put the file in place, or name another source with --source")
        }
        _ => format!("error: {error}"),
    })?;
    if current.golden.rows.is_empty() {
        return Err(format!(
            "error: source `{source}` of dataset `{id}` has no row to render\n  help: name another one with --source, or put a few rows into it"
        ));
    }
    let cluster = dataset.cluster();
    Ok(Some(Looked {
        dataset: id.to_string(),
        cluster: cluster.to_string(),
        differences: golden::compare(cluster, !dataset.key.is_empty(), old, &current.golden),
        before,
        now: current.golden,
        coverage: current.coverage,
        misplaced: store.misplaced(cluster, id),
    }))
}

/// Where the rows of datasets are.
struct Places {
    /// The source that was asked for.
    asked: Option<String>,
    /// The source of builds.
    usual: String,
    data: std::path::PathBuf,
    depot: std::sync::Arc<Depot>,
}

impl Places {
    fn new(common: &Common, project: &Project, from: &From) -> anyhow::Result<Self> {
        let (usual, data) = count::place(project, from);
        Ok(Self {
            asked: from.source.clone(),
            usual,
            data,
            depot: progress::depot(common, project, from.offline)?.into(),
        })
    }

    /// The source a dataset's goldens are of: that of its file, or the one that was asked for; of a new file the samples.
    fn of(&self, dataset: &Dataset, before: Option<&Golden>) -> Result<(String, Place), String> {
        let sample = dataset.sources.contains_key(SAMPLE).then(|| SAMPLE.to_string());
        let source = self
            .asked
            .clone()
            .or(before.map(|golden| golden.source.clone()))
            .or(sample);
        let source = source.unwrap_or_else(|| self.usual.clone());
        if !dataset.sources.contains_key(&source) {
            let names: Vec<&String> = dataset.sources.keys().collect();
            return Err(format!(
                "error: dataset `{}` has no source named `{source}`; it has {}\n  help: name one with --source",
                dataset.id,
                text::list(&names)
            ));
        }
        let place = Place::new(self.data.clone(), &source, self.depot.clone());
        Ok((source, place))
    }
}

/// What only golden files know: datasets and templates that are gone.
fn orphans(project: &Project, store: &Store) -> Vec<Subject> {
    let mut found = Vec::new();
    for (id, entry) in &store.entries {
        let dataset = project.catalog.datasets.get(id);
        let base = match dataset {
            Some(dataset) => chosen::subject(dataset),
            None => Subject {
                dataset: id.clone(),
                clusters: vec![entry.cluster.clone()],
                family: id.clone(),
                ..Subject::default()
            },
        };
        let known = |name: &String| dataset.is_some_and(|d| d.templates.iter().any(|t| t.name == *name));
        match &entry.golden {
            Ok(golden) => found.extend(
                golden
                    .templates
                    .iter()
                    .filter(|(name, _)| !known(name))
                    .map(|(name, t)| Subject {
                        template: Some(name.clone()),
                        role: Some(t.role.clone()),
                        ..base.clone()
                    }),
            ),
            Err(_) if dataset.is_none() => found.push(base),
            Err(_) => {}
        }
    }
    found
}

/// What a file would say if what is chosen of its differences and picked were accepted.
pub fn accepted(looked: &Looked, pick: &dyn Fn(&str, &str) -> bool, chosen: &chosen::Chosen) -> Golden {
    let nothing = Golden::default();
    let before = looked.before.as_ref().unwrap_or(&nothing);
    before.accept(&looked.now, |template, row| {
        chosen.has_template(&looked.dataset, template) && pick(template, row)
    })
}
