//! Few-shot prompts: which rows are shown, within which budget, in which words.

use std::collections::BTreeMap;

use crate::catalog::{BudgetUnit, Shots};
use crate::digest::{Digest, word};
use crate::jinja::{Engine, Row, Value};
use crate::mix::{Pool, Unit, Use, exemplar_start};
use crate::render::Example;

/// The ring of rows that exemplars are found on: the rows of a side by the first word of their digests.
pub struct Ring(BTreeMap<(u64, Digest), Unit>);

impl Ring {
    pub fn new(units: &[Unit]) -> Self {
        Self(
            units
                .iter()
                .map(|unit| ((word(&unit.digest, 0), unit.digest), *unit))
                .collect(),
        )
    }

    /// All rows, from the first at or after a place, once around.
    fn from(&self, start: u64) -> impl Iterator<Item = &Unit> {
        let split = (start, [0; 32]);
        self.0.range(split..).chain(self.0.range(..split)).map(|(_, unit)| unit)
    }
}

/// How shots are written.
pub struct ShotWriter<'a> {
    shots: &'a Shots,
    engine: Engine,
}

impl<'a> ShotWriter<'a> {
    pub fn new(shots: &'a Shots) -> Self {
        let mut engine = Engine::default();
        engine
            .add_body("shot", &shots.shot.value)
            .expect("the catalog has read this body");
        Self { shots, engine }
    }

    /// Puts shots before the inputs of an example and returns their rows.
    ///
    /// Shot `i` is the first row at or after its place on the ring that fits: not of the example's own group, no copy of
    /// it, not shown already, rendered without failure, and within the budget that is left.
    pub fn add(
        &self,
        example: &mut Example,
        used: &Use,
        pool: &Pool,
        ring: &Ring,
        render: &dyn Fn(&Unit) -> Option<Example>,
    ) -> Vec<Digest> {
        let own = used.unit.row as usize;
        let mut shown: Vec<usize> = Vec::new();
        let mut texts: Vec<String> = Vec::new();
        let mut left = self
            .shots
            .budget
            .map(|(budget, unit)| budget.saturating_sub(self.measure(&example.inputs, unit)));
        // A row that is too long for the budget passes its turn on; looking at more than this many is no longer a draw.
        const LOOKS: usize = 256;
        for i in 0..self.shots.count {
            for unit in ring.from(exemplar_start(&used.digest, i as u64)).take(LOOKS) {
                let row = unit.row as usize;
                let tied = pool.components[row] == pool.components[own]
                    || pool.rows.ids[row].content == pool.rows.ids[own].content;
                if tied
                    || shown
                        .iter()
                        .any(|s| *s == row || pool.rows.ids[*s].content == pool.rows.ids[row].content)
                {
                    continue;
                }
                let Some(text) = render(unit).and_then(|shot| self.text(&shot)) else {
                    continue;
                };
                if let (Some(left), Some((_, unit))) = (&mut left, self.shots.budget) {
                    let size = self.measure(&text, unit);
                    if size > *left {
                        continue;
                    }
                    *left -= size;
                }
                shown.push(row);
                texts.push(text);
                break;
            }
        }
        if !texts.is_empty() {
            let before = texts.join(&self.shots.between) + &self.shots.between;
            example.options_span = example
                .options_span
                .take()
                .map(|span| span.start + before.len()..span.end + before.len());
            example.inputs.insert_str(0, &before);
        }
        shown.into_iter().map(|row| pool.keys[row]).collect()
    }

    fn text(&self, shot: &Example) -> Option<String> {
        let names = ["inputs".to_string(), "targets".to_string()];
        let row = Row::new(
            names.into(),
            vec![Value::from(shot.inputs.as_str()), Value::from(shot.targets.as_str())],
        );
        self.engine.render("shot", &row).ok().map(|rendered| rendered.text)
    }

    fn measure(&self, text: &str, unit: BudgetUnit) -> u64 {
        match unit {
            BudgetUnit::Bytes => text.len() as u64,
            BudgetUnit::Words | BudgetUnit::Tokens => text.split_whitespace().count() as u64,
        }
    }
}
