//! Few-shot prompts: which rows are shown, within which budget, in which words.

use std::collections::BTreeMap;

use crate::catalog::{BudgetUnit, Shots};
use crate::digest::{Digest, word};
use crate::jinja::{Engine, Row, Value};
use crate::mix::{Draws, Pool, Unit, Use, exemplar_start};
use crate::token::Tokenizer;

/// The ring of rows that exemplars are found on: the rows of a side by the first word of their digests.
pub struct Ring(BTreeMap<(u64, Digest), Unit>);

impl Ring {
    pub fn new(pool: &Pool, units: &[Unit]) -> Self {
        let placed = |unit: &Unit| {
            let digest = pool.digest(unit);
            ((word(&digest, 0), digest), *unit)
        };
        Self(units.iter().map(placed).collect())
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
    /// As the released code does it: any row may be shown, and one that is too long ends the search.
    released: bool,
    /// Counts a budget of tokens.
    tokenizer: Option<&'a Tokenizer>,
}

impl<'a> ShotWriter<'a> {
    pub fn new(shots: &'a Shots, released: bool, tokenizer: Option<&'a Tokenizer>) -> Self {
        let mut engine = Engine::default();
        engine
            .add_body("shot", &shots.shot.value)
            .expect("the catalog has read this body");
        Self {
            shots,
            engine,
            released,
            tokenizer,
        }
    }

    /// The shots that go before some inputs, as one text, and the keys of their rows.
    ///
    /// Shot `i` is the first row at or after its place on the ring that fits: not of the example's own group, no copy of
    /// it, not shown already, rendered without failure, and within the budget that is left. `render` gives the inputs
    /// and targets of a row.
    ///
    /// Under `profile repo` the example itself may be shown, and the first shot that does not fit is the last one looked at.
    pub fn find(
        &self,
        inputs: &str,
        used: &Use,
        pool: &Pool,
        ring: &Ring,
        draws: Draws,
        render: &dyn Fn(&Unit) -> Option<(String, String)>,
    ) -> (String, Vec<Digest>) {
        let own = used.unit.row as usize;
        let digest = draws.use_of(&pool.digest(&used.unit), used.pass);
        let mut shown: Vec<usize> = Vec::new();
        let mut texts = String::new();
        let mut left = self
            .shots
            .budget
            .map(|(budget, unit)| budget.saturating_sub(self.measure(inputs, unit)));
        // A row that is too long for the budget passes its turn on; looking at more than this many is no longer a draw.
        const LOOKS: usize = 256;
        'shots: for i in 0..self.shots.count {
            for unit in ring.from(exemplar_start(&digest, i as u64)).take(LOOKS) {
                let row = unit.row as usize;
                let copy = |other: usize| pool.rows.content(row) == pool.rows.content(other);
                let tied = pool.component(row) == pool.component(own) || copy(own);
                if (tied && !self.released) || shown.iter().any(|other| *other == row || copy(*other)) {
                    continue;
                }
                let Some(text) = render(unit).and_then(|shot| self.text(&shot)) else {
                    continue;
                };
                if let (Some(left), Some((_, unit))) = (&mut left, self.shots.budget) {
                    let size = self.measure(&text, unit);
                    if size > *left && self.released {
                        break 'shots;
                    }
                    if size > *left {
                        continue;
                    }
                    *left -= size;
                }
                shown.push(row);
                texts.push_str(&text);
                texts.push_str(&self.shots.between);
                break;
            }
        }
        (texts, shown.into_iter().map(|row| pool.key(row)).collect())
    }

    fn text(&self, (inputs, targets): &(String, String)) -> Option<String> {
        let names = ["inputs".to_string(), "targets".to_string()];
        let values = vec![Value::from(inputs.as_str()), Value::from(targets.as_str())];
        let row = Row::new(names.into(), values);
        self.engine.render("shot", &row).ok().map(|rendered| rendered.text)
    }

    fn measure(&self, text: &str, unit: BudgetUnit) -> u64 {
        match unit {
            BudgetUnit::Bytes => text.len() as u64,
            BudgetUnit::Words => text.split_whitespace().count() as u64,
            // A plan is not made without the tokenizer that its budget needs.
            BudgetUnit::Tokens => match self.tokenizer {
                Some(tokenizer) => tokenizer.encode(text).len() as u64,
                None => u64::MAX,
            },
        }
    }
}
