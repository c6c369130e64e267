//! What is right for a row, and what it offers: options, answers, and which option is the right one.

use super::example::Variant;
use crate::catalog::{Answer, Dataset, FieldKind, IndexOf};
use crate::source::{Cell, Row};

/// The answer side of a row: texts that stay where they are, in the row or in the dataset.
///
/// [`Facts::read`] fills it anew, so that one serves all rows of a thread without another allocation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts<'a> {
    options: Vec<&'a str>,
    offers: bool,
    answers: Vec<&'a str>,
    gold: Option<usize>,
}

impl<'a> Facts<'a> {
    /// Reads the answer side of a row, in the words of a verbalizer set of the answer's field and in a variant's order.
    pub fn read(&mut self, dataset: &'a Dataset, row: Row<'a>, says: usize, variant: &Variant) {
        self.declared(dataset, row, says);
        if let Some(order) = &variant.order {
            self.reorder(order);
        }
    }

    /// In the order they are shown in; `None` where the answer is free text.
    pub fn options(&self) -> Option<&[&'a str]> {
        self.offers.then_some(&self.options)
    }

    /// Every accepted answer; the first is the one a choice has.
    pub fn answers(&self) -> &[&'a str] {
        &self.answers
    }

    /// The answer that an example has: the one that is asked for, or else the first.
    pub fn answer(&self, reference: usize) -> Option<&'a str> {
        self.answers.get(reference).or(self.answers.first()).copied()
    }

    /// Which option is right.
    pub fn gold(&self) -> Option<usize> {
        self.gold
    }

    /// In the order of the declaration.
    fn declared(&mut self, dataset: &'a Dataset, row: Row<'a>, says: usize) {
        self.options.clear();
        self.answers.clear();
        (self.offers, self.gold) = (false, None);
        let Some(answer) = &dataset.answer else { return };
        let field = &dataset.fields[answer.field];
        let said = field.says.get(says).map(|(_, texts)| texts.iter().map(String::as_str));
        match (&field.kind, row.cell(answer.field)) {
            (FieldKind::Choice(labels), Cell::Text(name)) => {
                let own = labels.iter().map(|label| label.name.as_str());
                let gold = labels.iter().position(|label| label.name == name);
                match said {
                    Some(said) => self.closed(said, gold),
                    None => self.closed(own, gold),
                }
            }
            (FieldKind::Bool, Cell::Text(flag)) => {
                let gold = Some(usize::from(flag == "true"));
                match said {
                    Some(said) => self.closed(said, gold),
                    None => self.closed(["false", "true"].into_iter(), gold),
                }
            }
            (FieldKind::Index { of, .. }, Cell::Text(index)) => {
                let gold = index.parse().ok();
                match of {
                    IndexOf::List(list) => self.closed(row.cell(*list).items(), gold),
                    IndexOf::Fields(fields) => {
                        let text = |field: &usize| row.cell(*field).text().unwrap_or_default();
                        self.closed(fields.iter().map(text), gold);
                    }
                }
            }
            (_, Cell::Null) => {}
            (_, cell) => self.free(answer, row, cell),
        }
    }

    fn closed(&mut self, options: impl Iterator<Item = &'a str>, gold: Option<usize>) {
        self.offers = true;
        self.options.extend(options);
        self.gold = gold;
        self.answers.extend(gold.and_then(|gold| self.options.get(gold)));
    }

    fn free(&mut self, answer: &Answer, row: Row<'a>, cell: Cell<'a>) {
        self.answers.extend(cell.items());
        if let Some(list) = answer.options {
            self.offers = true;
            self.options.extend(row.cell(list).items());
            self.gold = self.options.iter().position(|option| self.answers.contains(option));
        }
    }

    /// Puts the options in another order, given as places in this one. An order of other options is passed over.
    fn reorder(&mut self, order: &[usize]) {
        let count = self.options.len();
        if order.len() != count || order.iter().any(|at| *at >= count) {
            return;
        }
        // The new order grows behind the old one, which then goes.
        for at in order {
            self.options.push(self.options[*at]);
        }
        self.options.drain(..count);
        self.gold = self.gold.and_then(|gold| order.iter().position(|at| *at == gold));
    }
}

/// How many answers a row has.
pub fn answers(dataset: &Dataset, row: Row<'_>) -> usize {
    let Some(answer) = &dataset.answer else { return 0 };
    match dataset.fields[answer.field].kind {
        FieldKind::Choice(_) | FieldKind::Bool | FieldKind::Index { .. } => {
            let mut facts = Facts::default();
            facts.declared(dataset, row, 0);
            facts.answers.len()
        }
        _ => row.cell(answer.field).items().count(),
    }
}
