//! A dataset with its templates, and a project with its datasets, as rules see them.

use super::body::BodyView;
use crate::catalog::{Catalog, Dataset, FieldKind, Role, Template};
use crate::jinja::{self, Part};
use crate::project::Project;

/// A template with its bodies read.
pub struct TemplateView<'a> {
    pub dataset: &'a Dataset,
    pub template: &'a Template,
    pub system: Option<BodyView<'a>>,
    pub input: BodyView<'a>,
    pub target: BodyView<'a>,
}

impl<'a> TemplateView<'a> {
    fn new(dataset: &'a Dataset, template: &'a Template) -> Self {
        Self {
            dataset,
            template,
            system: template.system.as_ref().map(BodyView::new),
            input: BodyView::new(&template.input),
            target: BodyView::new(&template.target),
        }
    }

    /// What the model reads: system text and input.
    pub fn prompts(&self) -> impl Iterator<Item = &BodyView<'a>> {
        self.system.iter().chain([&self.input])
    }

    /// All bodies.
    pub fn bodies(&self) -> impl Iterator<Item = &BodyView<'a>> {
        self.prompts().chain([&self.target])
    }

    pub fn is_forward(&self) -> bool {
        self.template.role == Role::Forward
    }

    /// The words that answers are said in, where they are the same on every row: those of the labels, or of a list that
    /// the target picks one of.
    pub fn choices(&self) -> Option<Vec<&str>> {
        if let [Part::Print(print)] = self.target.parts.as_slice()
            && let Some(among) = &print.among
        {
            return Some(among.iter().map(String::as_str).collect());
        }
        choices(self.dataset, self.template.says)
    }

    /// Whether the target is one of the choices, and nothing else.
    pub fn answers_a_choice(&self) -> bool {
        match self.target.parts.as_slice() {
            [Part::Print(print)] => print.among.is_some() || (print.bare && print.names == ["answer"]),
            _ => self.target.prints("answer"),
        }
    }

    /// Whether the guards of two templates can let the same row through, as far as is plain.
    pub fn competes_with(&self, other: &Self) -> bool {
        let (Some(own), Some(others)) = (&self.template.when, &other.template.when) else {
            return true;
        };
        let names = |guard: &str| jinja::names_in_condition(guard).unwrap_or_default();
        let read = names(others);
        own == others
            || !names(own)
                .iter()
                .any(|name| read.iter().any(|other| other.name == name.name))
    }

    /// Whether its wording can be judged by the habits of English.
    pub fn in_english(&self) -> bool {
        let languages = &self.dataset.languages;
        languages.is_empty() || languages.iter().any(|language| language.starts_with("en"))
    }
}

/// A dataset with its templates, in the order of their names.
pub struct DatasetView<'a> {
    pub dataset: &'a Dataset,
    pub templates: Vec<TemplateView<'a>>,
}

/// Everything that is looked at.
pub struct ProjectView<'a> {
    pub project: &'a Project,
    pub catalog: &'a Catalog,
    pub datasets: Vec<DatasetView<'a>>,
}

impl<'a> ProjectView<'a> {
    /// Over the datasets that `wanted` names.
    pub fn new(project: &'a Project, wanted: impl Fn(&Dataset) -> bool) -> Self {
        let datasets = project.catalog.datasets.values().filter(|dataset| wanted(dataset));
        Self {
            project,
            catalog: &project.catalog,
            datasets: datasets
                .map(|dataset| DatasetView {
                    dataset,
                    templates: dataset
                        .templates
                        .iter()
                        .map(|t| TemplateView::new(dataset, t))
                        .collect(),
                })
                .collect(),
        }
    }
}

/// The words of a dataset's labels in one verbalizer set, where its answer is a label.
fn choices(dataset: &Dataset, says: usize) -> Option<Vec<&str>> {
    let field = &dataset.fields[dataset.answer.as_ref()?.field];
    let said = field
        .says
        .get(says)
        .map(|(_, texts)| texts.iter().map(String::as_str).collect());
    match &field.kind {
        FieldKind::Choice(labels) => said.or_else(|| Some(labels.iter().map(|label| label.name.as_str()).collect())),
        FieldKind::Bool => said.or_else(|| Some(vec!["false", "true"])),
        _ => None,
    }
}
