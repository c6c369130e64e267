//! A row of packed examples, as a trainer reads it.

/// Some examples one after another, in at most as many tokens as a sequence has. Nothing is padded: all four columns are
/// as long as the row, and a trainer that batches rows pads them itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The tokens.
    pub input_ids: Vec<u32>,
    /// The same where there is a loss on the token, and [`NO_LOSS`] elsewhere. A trainer shifts them by one.
    pub labels: Vec<i32>,
    /// The place of each token in its example, from 0.
    pub position_ids: Vec<u32>,
    /// The example of each token, from 1; 0 is left for padding.
    pub segment_ids: Vec<u32>,
    /// Which examples they are, by their places among those that were packed, in the order of the row.
    pub examples: Vec<usize>,
}

/// The label of a token without a loss, as other trainers have it.
pub const NO_LOSS: i32 = -100;

impl Row {
    /// Tokens in the row.
    pub fn len(&self) -> usize {
        self.input_ids.len()
    }

    pub fn is_empty(&self) -> bool {
        self.input_ids.is_empty()
    }

    /// Tokens with a loss.
    pub fn supervised(&self) -> usize {
        self.labels.iter().filter(|label| **label != NO_LOSS).count()
    }

    /// The tokens of each example, and those of them before its targets.
    pub fn sizes(&self) -> Vec<(usize, usize)> {
        let mut sizes = vec![(0, 0); self.examples.len()];
        for (segment, label) in self.segment_ids.iter().zip(&self.labels) {
            let place = (*segment as usize).checked_sub(1);
            if let Some(size) = place.and_then(|at| sizes.get_mut(at)) {
                size.0 += 1;
                size.1 += usize::from(*label == NO_LOSS);
            }
        }
        sizes
    }

    /// Appends an example: the tokens of which the first `prompt` have no loss.
    pub fn push(&mut self, example: usize, ids: &[u32], prompt: usize) {
        let segment = self.examples.len() as u32 + 1;
        self.examples.push(example);
        self.input_ids.extend_from_slice(ids);
        let labels = ids.iter().enumerate();
        self.labels.extend(labels.map(|(at, id)| match at < prompt {
            true => NO_LOSS,
            false => i32::try_from(*id).unwrap_or(i32::MAX),
        }));
        self.position_ids.extend(0..ids.len() as u32);
        self.segment_ids.extend(std::iter::repeat_n(segment, ids.len()));
    }
}
