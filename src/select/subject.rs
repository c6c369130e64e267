//! What can be selected, and the names it goes by.

/// The kinds of names, each a word before a colon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Cluster,
    Dataset,
    Family,
    Language,
    License,
    Mixture,
    Role,
    Split,
    State,
    Task,
    Template,
}

impl Kind {
    const ALL: [Kind; 11] = [
        Kind::Cluster,
        Kind::Dataset,
        Kind::Family,
        Kind::Language,
        Kind::License,
        Kind::Mixture,
        Kind::Role,
        Kind::Split,
        Kind::State,
        Kind::Task,
        Kind::Template,
    ];

    /// What a project can be asked for.
    pub const PROJECT: &[Kind] = &[
        Kind::Cluster,
        Kind::Dataset,
        Kind::Family,
        Kind::Language,
        Kind::License,
        Kind::Mixture,
        Kind::Role,
        Kind::State,
        Kind::Task,
        Kind::Template,
    ];

    /// What a build can be asked for: it is of one mixture, and it has splits.
    pub const BUILD: &[Kind] = &[
        Kind::Cluster,
        Kind::Dataset,
        Kind::Family,
        Kind::Language,
        Kind::License,
        Kind::Role,
        Kind::Split,
        Kind::Task,
        Kind::Template,
    ];

    /// What a word without a kind can be, tried in this order.
    pub(super) const BARE: [Kind; 5] = [Kind::Dataset, Kind::Cluster, Kind::Family, Kind::Task, Kind::Mixture];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Cluster => "cluster",
            Kind::Dataset => "dataset",
            Kind::Family => "family",
            Kind::Language => "language",
            Kind::License => "license",
            Kind::Mixture => "mixture",
            Kind::Role => "role",
            Kind::Split => "split",
            Kind::State => "state",
            Kind::Task => "task",
            Kind::Template => "template",
        }
    }

    pub(super) fn of(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The only values of a kind that has no others.
    pub(super) fn values(self) -> &'static [&'static str] {
        match self {
            Kind::Role => &["forward", "reverse", "turned"],
            Kind::Split => &["train", "validation", "test", "exemplars"],
            Kind::State => &["modified", "new", "removed", "same"],
            _ => &[],
        }
    }
}

/// How a project compares with a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    New,
    /// In both, and saying something else.
    Modified,
    Same,
    /// In the build alone.
    Removed,
}

/// One thing that can be selected: a template of a dataset, or a dataset that has none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Subject {
    pub dataset: String,
    pub clusters: Vec<String>,
    pub family: String,
    pub task: String,
    pub languages: Vec<String>,
    pub license: Option<String>,
    /// Those that use it.
    pub mixtures: Vec<String>,
    pub template: Option<String>,
    /// The set its template stands in, where that is known.
    pub set: Option<String>,
    pub role: Option<String>,
    /// Of a build.
    pub split: Option<String>,
    pub state: Option<State>,
}

impl Subject {
    /// The names of one kind that it goes by. A template goes by `DATASET/NAME`, `SET/NAME` and `NAME`.
    pub fn names(&self, kind: Kind) -> Vec<String> {
        let one = |name: &Option<String>| name.iter().cloned().collect();
        match kind {
            Kind::Cluster => self.clusters.clone(),
            Kind::Dataset => vec![self.dataset.clone()],
            Kind::Family => vec![self.family.clone()],
            Kind::Task => vec![self.task.clone()],
            Kind::Language => self.languages.clone(),
            Kind::License => one(&self.license),
            Kind::Mixture => self.mixtures.clone(),
            Kind::Role => one(&self.role),
            Kind::Split => one(&self.split),
            Kind::State => match self.state {
                // What is new says something else than the build does, too.
                Some(State::New) => vec!["new".to_string(), "modified".to_string()],
                Some(State::Modified) => vec!["modified".to_string()],
                Some(State::Same) => vec!["same".to_string()],
                Some(State::Removed) => vec!["removed".to_string()],
                None => Vec::new(),
            },
            Kind::Template => {
                let Some(name) = &self.template else { return Vec::new() };
                let mut names = vec![format!("{}/{name}", self.dataset)];
                names.extend(self.set.iter().map(|set| format!("{set}/{name}")));
                names.push(name.clone());
                names
            }
        }
    }
}
