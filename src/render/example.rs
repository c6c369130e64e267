//! The renderer of one dataset: its bodies compiled once, its rows rendered one at a time.

use std::ops::Range;
use std::sync::Arc;

use super::answer::{Facts, facts};
use super::plain;
use crate::catalog::{Dataset, Style, Template, Text, label_names};
use crate::jinja::{Engine, Row, Value};
use crate::source::Rows;

/// A row seen through a template.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Example {
    pub system: Option<String>,
    pub inputs: String,
    pub targets: String,
    pub options: Option<Vec<String>>,
    /// The bytes of `inputs` that show the options.
    pub options_span: Option<Range<usize>>,
    /// Every text that counts as right.
    pub answers: Vec<String>,
    pub answer_index: Option<usize>,
}

/// Why a template cannot be used for a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// The body fails on this row, and says why.
    Render(String),
    EmptyTarget,
}

/// The choices within one example that a draw makes.
#[derive(Clone, Debug, Default)]
pub struct Variant {
    /// Which of several answers is the target.
    pub reference: usize,
    /// The order the options are shown in, as indices into the declared order; `None`: as declared.
    pub order: Option<Vec<usize>>,
}

/// Renders the rows of one dataset.
pub struct Renderer<'a> {
    dataset: &'a Dataset,
    engine: Engine,
    names: Arc<[String]>,
    labels: Vec<Value>,
}

impl<'a> Renderer<'a> {
    pub fn new(dataset: &'a Dataset) -> Self {
        let mut engine = Engine::default();
        for (at, template) in dataset.templates.iter().enumerate() {
            let bodies = [
                ("input", Some(&template.input)),
                ("target", Some(&template.target)),
                ("system", template.system.as_ref()),
            ];
            for (part, body) in bodies {
                if let Some(body) = body {
                    engine
                        .add_body(&key(part, at), &body.value)
                        .expect("the catalog has read this body");
                }
            }
            if let Some(condition) = &template.when {
                engine
                    .add_condition(&key("when", at), condition)
                    .expect("the catalog has read this condition");
            }
        }
        let labels = label_names(dataset);
        let names: Vec<String> = dataset
            .fields
            .iter()
            .map(|field| field.name.as_str())
            .chain(["answer", "choices", "options"])
            .chain(labels.iter().copied())
            .map(str::to_string)
            .collect();
        Self {
            dataset,
            engine,
            names: names.into(),
            labels: labels.into_iter().map(Value::from).collect(),
        }
    }

    /// Whether a template's guard lets it compete for a row.
    pub fn admits(&self, template: usize, rows: &Rows, row: usize) -> Result<bool, Failure> {
        if self.dataset.templates[template].when.is_none() {
            return Ok(true);
        }
        let facts = facts(self.dataset, rows, row, self.dataset.templates[template].says);
        let row = self.row(rows, row, &facts, 0);
        self.engine.holds(&key("when", template), &row).map_err(Failure::Render)
    }

    /// Renders a row through a template.
    pub fn render(&self, template: usize, rows: &Rows, row: usize, variant: &Variant) -> Result<Example, Failure> {
        let tree: &Template = &self.dataset.templates[template];
        let facts = reorder(facts(self.dataset, rows, row, tree.says), variant);
        let context = self.row(rows, row, &facts, variant.reference);
        let part = |part: &str, text: &Text| {
            let mut rendered = self
                .engine
                .render(&key(part, template), &context)
                .map_err(Failure::Render)?;
            if text.ends_in_tag && rendered.text.ends_with('\n') {
                rendered.text.pop();
            }
            Ok(rendered)
        };
        let inputs = part("input", &tree.input)?;
        let targets = part("target", &tree.target)?;
        if targets.text.trim().is_empty() {
            return Err(Failure::EmptyTarget);
        }
        let system = tree.system.as_ref().map(|text| part("system", text)).transpose()?;
        Ok(Example {
            system: system.map(|s| s.text),
            options_span: inputs.options.map(|span| span.start..span.end.min(inputs.text.len())),
            inputs: inputs.text,
            targets: targets.text,
            options: facts.options,
            answers: facts.answers,
            answer_index: facts.gold,
        })
    }

    /// Renders a row without any template, as the ablations do.
    pub fn plain(&self, style: Style, rows: &Rows, row: usize, variant: &Variant) -> Result<Example, Failure> {
        let facts = reorder(facts(self.dataset, rows, row, 0), variant);
        let mut inputs = plain::bare(self.dataset, rows, row);
        if style == Style::DatasetName {
            inputs = format!("[{}] {inputs}", self.dataset.title);
        }
        let options_span = facts.options.as_ref().map(|options| {
            inputs.push('\n');
            let start = inputs.len();
            inputs.push_str(&options_text(options));
            start..inputs.len()
        });
        let targets = facts
            .answers
            .get(variant.reference)
            .or(facts.answers.first())
            .cloned()
            .unwrap_or_default();
        if targets.trim().is_empty() {
            return Err(Failure::EmptyTarget);
        }
        Ok(Example {
            system: None,
            inputs,
            targets,
            options_span,
            options: facts.options,
            answers: facts.answers,
            answer_index: facts.gold,
        })
    }

    fn row(&self, rows: &Rows, row: usize, facts: &Facts, reference: usize) -> Row {
        let mut values = rows.values(self.dataset, row);
        let answer = facts.answers.get(reference).or(facts.answers.first());
        values.push(answer.map_or(Value::UNDEFINED, |answer| Value::from(answer.as_str())));
        match &facts.options {
            Some(options) => {
                values.push(Value::from(options.clone()));
                values.push(Value::from(options_text(options)));
            }
            None => values.extend([Value::UNDEFINED, Value::UNDEFINED]),
        }
        values.extend(self.labels.iter().cloned());
        Row::new(self.names.clone(), values)
    }
}

fn key(part: &str, template: usize) -> String {
    format!("{part}/{template}")
}

/// The options as FLAN prints them: a heading, then each after a dash on a line of its own.
fn options_text(options: &[String]) -> String {
    format!("OPTIONS:\n- {}", options.join("\n- "))
}

fn reorder(facts: Facts, variant: &Variant) -> Facts {
    let (Some(order), Some(options)) = (&variant.order, &facts.options) else {
        return facts;
    };
    if order.len() != options.len() {
        return facts;
    }
    Facts {
        options: Some(order.iter().map(|at| options[*at].clone()).collect()),
        gold: facts.gold.and_then(|gold| order.iter().position(|at| *at == gold)),
        answers: facts.answers,
    }
}
