//! Rows of packed examples as a model takes them: no padding, one span for each example.

use anyhow::bail;

use crate::model::{Span, Supervised};
use crate::token::{NO_LOSS, Row};

/// The tokens of some rows, one after another, and where there is a loss.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    pub ids: Vec<u32>,
    pub positions: Vec<u32>,
    pub spans: Vec<Span>,
    /// Hidden states that are asked, and for which token.
    pub at: Vec<u32>,
    pub targets: Vec<u32>,
    /// The span of each of them.
    pub of: Vec<usize>,
}

impl Batch {
    /// Adds a row; its padding is left out.
    ///
    /// # Errors
    /// A row that is no row: columns of other lengths, a loss on padding or on the first token of an example.
    pub fn push(&mut self, row: &Row) -> anyhow::Result<()> {
        let length = row.input_ids.len();
        if [row.labels.len(), row.position_ids.len(), row.segment_ids.len()] != [length; 3] {
            bail!("a row whose columns differ in length");
        }
        let mut before = 0;
        for i in 0..length {
            let (segment, label) = (row.segment_ids[i], row.labels[i]);
            if segment == 0 {
                if label != NO_LOSS {
                    bail!("a row with a loss on padding, at {i}");
                }
                before = 0;
                continue;
            }
            let here = self.ids.len();
            let first = segment != before;
            match self.spans.last_mut() {
                Some(span) if !first => span.len += 1,
                _ => self.spans.push(Span::new(here, 1)),
            }
            before = segment;
            self.ids.push(row.input_ids[i]);
            self.positions.push(row.position_ids[i]);
            if label == NO_LOSS {
                continue;
            }
            let Some(target) = u32::try_from(label).ok().filter(|_| !first) else {
                bail!("a row with a loss on the first token of an example, or a label that is no token, at {i}");
            };
            self.at.push(here as u32 - 1);
            self.targets.push(target);
            self.of.push(self.spans.len() - 1);
        }
        Ok(())
    }

    /// Adds an example: its tokens, of which the first `prompt` have no loss.
    pub fn add(&mut self, ids: &[u32], prompt: usize) -> anyhow::Result<()> {
        if prompt == 0 || prompt > ids.len() {
            bail!("an example of {} tokens of which {prompt} have no loss", ids.len());
        }
        let start = self.ids.len();
        self.spans.push(Span::new(start, ids.len()));
        self.ids.extend_from_slice(ids);
        self.positions.extend(0..ids.len() as u32);
        self.targets.extend_from_slice(&ids[prompt..]);
        let before = start + prompt - 1..start + ids.len() - 1;
        self.at.extend(before.map(|at| at as u32));
        self.of
            .extend(std::iter::repeat_n(self.spans.len() - 1, ids.len() - prompt));
        Ok(())
    }

    /// What is asked of the hidden states, each loss with this weight.
    pub fn supervised(&self, scale: f32) -> Supervised<'_> {
        Supervised {
            at: &self.at,
            ids: &self.targets,
            scale,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_goes_and_losses_move_to_the_token_before() {
        let row = Row {
            input_ids: vec![1, 5, 6, 1, 7, 0, 0],
            labels: vec![-100, -100, 6, -100, 7, -100, -100],
            position_ids: vec![0, 1, 2, 0, 1, 0, 0],
            segment_ids: vec![1, 1, 1, 2, 2, 0, 0],
            examples: vec![0, 1],
        };
        let mut batch = Batch::default();
        batch.push(&row).unwrap();
        batch.push(&row).unwrap();
        assert_eq!(batch.ids, [1, 5, 6, 1, 7, 1, 5, 6, 1, 7]);
        assert_eq!(
            batch
                .spans
                .iter()
                .map(|span| (span.start, span.len))
                .collect::<Vec<_>>(),
            [(0, 3), (3, 2), (5, 3), (8, 2)]
        );
        assert_eq!(
            (&batch.at, &batch.targets, &batch.of),
            (&vec![1, 3, 6, 8], &vec![6, 7, 6, 7], &vec![0, 1, 2, 3])
        );
        let mut by_examples = Batch::default();
        for (ids, prompt) in [(&[1, 5, 6][..], 2), (&[1, 7], 1), (&[1, 5, 6], 2), (&[1, 7], 1)] {
            by_examples.add(ids, prompt).unwrap();
        }
        assert_eq!(by_examples, batch);
        let unsound = Row {
            labels: vec![1, -100, 6, -100, 7, -100, -100],
            ..row
        };
        assert!(Batch::default().push(&unsound).is_err());
    }
}
