//! One example by itself, for who looks at a few: texts of its own.

use std::ops::Range;

use super::answer::Facts;
use super::example::{Failure, Renderer, Texts, Variant};
use crate::source::Row;

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

impl Renderer<'_> {
    /// A row through a template.
    pub fn example(&self, template: usize, row: Row<'_>, variant: &Variant) -> Result<Example, Failure> {
        let mut facts = Facts::default();
        let (mut inputs, mut targets, mut system) = (String::new(), String::new(), String::new());
        let mut out = Texts {
            inputs: &mut inputs,
            targets: &mut targets,
            system: &mut system,
        };
        let rendered = self.render(template, row, variant, &mut facts, &mut out)?;
        let owned = |texts: &[&str]| texts.iter().map(|text| text.to_string()).collect();
        Ok(Example {
            system: rendered.system.then_some(system),
            inputs,
            targets,
            options: facts.options().map(owned),
            options_span: rendered.options_span,
            answers: owned(facts.answers()),
            answer_index: facts.gold(),
        })
    }
}
