//! What rows say, as digests: they are kept beside the cells of each row, wherever those are.

use super::packed::Row;
use crate::catalog::Dataset;
use crate::digest::{Digest, Messages};

/// Bytes of a digest.
const SIZE: usize = size_of::<Digest>();

/// Which digests the rows of a dataset have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Kinds {
    /// One over all fields, where the `key` is of some of them.
    pub whole: bool,
    /// One over the fields of a `group`.
    pub group: bool,
}

impl Kinds {
    /// Bytes of all of them.
    pub fn bytes(self) -> usize {
        SIZE * (1 + usize::from(self.whole) + usize::from(self.group))
    }

    /// Where the digest over all fields begins.
    pub fn whole_at(self) -> usize {
        if self.whole { SIZE } else { 0 }
    }

    /// Where the digest of the group begins.
    pub fn group_at(self) -> usize {
        if self.group { self.bytes() - SIZE } else { 0 }
    }
}

/// The digests of one row.
#[derive(Clone, Copy, Debug)]
pub struct Identities<'a> {
    bytes: &'a [u8],
    kinds: Kinds,
}

impl<'a> Identities<'a> {
    pub(super) fn of(bytes: &'a [u8], kinds: Kinds) -> Self {
        Self { bytes, kinds }
    }

    /// What the row says: a digest over its key fields, without split or seed. Copies share it.
    pub fn content(&self) -> Digest {
        self.at(0)
    }

    /// A digest over all fields, to tell rows of one content apart without their position.
    pub fn whole(&self) -> Digest {
        self.at(self.kinds.whole_at())
    }

    /// A digest over the fields that keep rows together; the content, where none are declared.
    pub fn group(&self) -> Digest {
        self.at(self.kinds.group_at())
    }

    fn at(&self, start: usize) -> Digest {
        let digest = self.bytes.get(start..).and_then(|rest| rest.first_chunk());
        digest.copied().unwrap_or_default()
    }
}

/// Makes the digests of rows.
pub struct Identifier {
    content: Fields,
    whole: Option<Fields>,
    group: Option<Fields>,
}

impl Identifier {
    pub fn new(dataset: &Dataset) -> Self {
        let all: Vec<usize> = (0..dataset.fields.len()).collect();
        // A `key` that names all fields says as much as none; the whole is the content then, whatever its order.
        let keyed = dataset.key.len() != all.len();
        Self {
            content: Fields::new("content", dataset, &dataset.key),
            whole: keyed.then(|| Fields::new("whole", dataset, &all)),
            group: (!dataset.group.is_empty()).then(|| Fields::new("group", dataset, &dataset.group)),
        }
    }

    pub fn kinds(&self) -> Kinds {
        Kinds {
            whole: self.whole.is_some(),
            group: self.group.is_some(),
        }
    }

    /// Adds a message for each digest of a row, by its packed cells.
    pub fn add(&self, packed: &[u8], messages: &mut Messages) {
        let kinds = [Some(&self.content), self.whole.as_ref(), self.group.as_ref()];
        kinds
            .into_iter()
            .flatten()
            .for_each(|fields| fields.add(packed, messages));
    }
}

/// `H(tag, dataset, fields..)` over the packed cells of some fields.
struct Fields {
    tag: &'static str,
    dataset: String,
    /// `None`: all, in their order.
    fields: Option<Vec<usize>>,
}

impl Fields {
    fn new(tag: &'static str, dataset: &Dataset, fields: &[usize]) -> Self {
        let all = fields.iter().copied().eq(0..dataset.fields.len());
        Self {
            tag,
            dataset: dataset.id.clone(),
            fields: (!all).then(|| fields.to_vec()),
        }
    }

    fn add(&self, packed: &[u8], messages: &mut Messages) {
        messages.part(self.tag.as_bytes());
        messages.part(self.dataset.as_bytes());
        match &self.fields {
            // Cells are parts already, each with its length before it.
            None => messages.write(packed),
            Some(fields) => {
                let row = Row::new(packed);
                fields.iter().for_each(|at| messages.write(row.packed(*at)));
            }
        }
        messages.end();
    }
}
