//! The rows of one dataset, in its own fields, each with its identity.

use std::io;

use super::budget::Budget;
use super::identity::{Identifier, Identities, Kinds};
use super::packed::{Row, pack};
use super::places::Places;
use super::store::{Heads, Store, StoreBuilder};
use super::typed::Typed;
use crate::catalog::{Dataset, Several};
use crate::digest::{Digest, Messages};

/// The rows of one dataset, of one or several source splits.
#[derive(Debug, Default)]
pub struct Rows {
    /// Digests and cells of each.
    pub(super) store: Store,
    pub(super) kinds: Kinds,
    /// How many answers each row has, where each makes an example; empty elsewhere.
    pub(super) references: Vec<u32>,
    pub(super) places: Places,
    /// Names of the files read, in order.
    pub(super) files: Vec<String>,
    /// The source splits, and the first row of each.
    pub(super) splits: Vec<(String, usize)>,
}

impl Rows {
    pub fn len(&self) -> usize {
        self.store.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values of a row. `scratch` is used where the row is not in memory; an error is one of the disk.
    pub fn row<'a>(&'a self, row: usize, scratch: &'a mut Vec<u8>) -> io::Result<Row<'a>> {
        self.store.row(row, scratch).map(Row::new)
    }

    /// Reads a little of what is known of a row, and then of the row. Rows are used in an order that no cache foresees;
    /// whoever asks for many of them first has them all in the time of one. What it returns means nothing.
    pub fn locate(&self, row: usize) -> u64 {
        self.store.locate(row)
    }

    /// The second half of [`Rows::locate`].
    pub fn touch(&self, row: usize) -> u64 {
        self.store.touch(row)
    }

    /// Who rows are, for those who ask for one after the other: so many are read together where they are not in memory.
    pub fn identities(&self, together: usize) -> Reader<'_> {
        Reader {
            heads: self.store.heads(together),
            kinds: self.kinds,
        }
    }

    /// See [`Identities::content`]. This and the other digests are zeros where the disk does not give them; see
    /// [`Rows::sound`].
    pub fn content(&self, row: usize) -> Digest {
        self.store.head(row, 0)
    }

    /// See [`Identities::whole`].
    pub fn whole(&self, row: usize) -> Digest {
        self.store.head(row, self.kinds.whole_at())
    }

    /// See [`Identities::group`].
    pub fn group(&self, row: usize) -> Digest {
        self.store.head(row, self.kinds.group_at())
    }

    /// An error where a digest could not be read from the disk: nothing that hangs on one may be used then.
    pub fn sound(&self) -> io::Result<()> {
        self.store.sound()
    }

    /// Moves rows out of memory as far as a budget wants it.
    pub fn fit(&mut self, budget: &Budget) -> io::Result<()> {
        self.store.fit(budget)
    }

    /// Whether some rows are not in memory.
    pub fn are_elsewhere(&self) -> bool {
        self.store.has_files()
    }

    /// How many examples a row makes in training: one, or one for each of its answers.
    pub fn references(&self, row: usize) -> u32 {
        self.references.get(row).copied().unwrap_or(1)
    }

    /// Whether rows of different contents can be tied.
    pub fn has_groups(&self) -> bool {
        self.kinds.group
    }

    /// The source split a row was found in.
    pub fn split(&self, row: usize) -> &str {
        let at = self.splits.partition_point(|(_, start)| *start <= row);
        at.checked_sub(1).map_or("", |at| &self.splits[at].0)
    }

    /// The source splits with their rows, in the order they were read.
    pub fn splits(&self) -> impl Iterator<Item = (&str, std::ops::Range<usize>)> {
        let ends = self.splits.iter().skip(1).map(|(_, start)| *start).chain([self.len()]);
        self.splits
            .iter()
            .zip(ends)
            .map(|((name, start), end)| (name.as_str(), *start..end))
    }

    /// Adds the rows of another split of the same dataset.
    pub fn append(&mut self, other: Rows) {
        let (rows, files) = (self.len(), self.files.len() as u32);
        self.kinds = other.kinds;
        self.store.append(other.store);
        self.references.extend(other.references);
        self.places.append(rows, files, other.places);
        self.files.extend(other.files);
        self.splits
            .extend(other.splits.into_iter().map(|(name, start)| (name, start + rows)));
    }

    /// `FILE, row N`.
    pub fn origin(&self, row: usize) -> (&str, u32) {
        let (file, record) = self.places.get(row);
        let file = self.files.get(file as usize);
        (file.map_or("the select's result", String::as_str), record)
    }

    /// Where a row stands in its source.
    pub fn place(&self, row: usize) -> (u32, u32) {
        self.places.get(row)
    }
}

/// Reads the digests of rows; see [`Rows::identities`].
pub struct Reader<'a> {
    heads: Heads<'a>,
    kinds: Kinds,
}

impl Reader<'_> {
    /// Those of a row.
    pub fn of(&mut self, row: usize) -> Identities<'_> {
        Identities::of(self.heads.of(row), self.kinds)
    }
}

/// Collects the rows of one split.
pub(super) struct RowsBuilder<'a> {
    store: StoreBuilder<'a>,
    identifier: Identifier,
    places: Places,
    references: Vec<u32>,
    /// The field whose items are counted, where each makes an example.
    each: Option<usize>,
    raw: Vec<u8>,
    /// What the digests of the last rows are to be of.
    messages: Messages,
}

impl<'a> RowsBuilder<'a> {
    /// For the rows of files of so many bytes.
    pub fn new(dataset: &Dataset, budget: &'a Budget, bytes: u64) -> Self {
        let identifier = Identifier::new(dataset);
        Self {
            store: StoreBuilder::new(identifier.kinds().bytes(), budget, bytes),
            identifier,
            places: Places::default(),
            references: Vec::new(),
            each: each(dataset),
            raw: Vec::new(),
            messages: Messages::default(),
        }
    }

    /// Adds the row whose cells `pack` appends, none where it says so. No text of it has clean-ups.
    pub fn add<E: From<io::Error>>(
        &mut self,
        place: (u32, u32),
        pack: impl FnOnce(&mut Vec<u8>) -> Result<bool, E>,
    ) -> Result<bool, E> {
        let row = self.store.len();
        let added = self.store.add(|out| {
            let start = out.len();
            if !pack(out)? {
                return Ok::<_, E>(false);
            }
            let packed = &out[start..];
            self.identifier.add(packed, &mut self.messages);
            self.references
                .extend(self.each.map(|field| count(Row::new(packed), field)));
            Ok(true)
        })?;
        if added {
            self.places.push(row, place);
            self.added()?;
        }
        Ok(added)
    }

    /// Adds a row. `raw` are the texts before their clean-ups, which is what identities are made of.
    pub fn push(&mut self, values: &[Typed], raw: &[Typed], place: (u32, u32)) -> io::Result<()> {
        self.raw.clear();
        raw.iter().for_each(|value| pack(&mut self.raw, value));
        self.places.push(self.store.len(), place);
        self.store.add(|out| {
            let start = out.len();
            values.iter().for_each(|value| pack(out, value));
            self.identifier.add(&self.raw, &mut self.messages);
            self.references
                .extend(self.each.map(|field| count(Row::new(&out[start..]), field)));
            io::Result::Ok(true)
        })?;
        self.added()
    }

    /// Digests the rows that wait for it, and moves them where they stay, when there are enough of them.
    fn added(&mut self) -> io::Result<()> {
        let full = self.store.is_full();
        if full || self.messages.is_full() {
            self.identify();
        }
        if full { self.store.close() } else { Ok(()) }
    }

    /// Gives the last rows their digests.
    fn identify(&mut self) {
        let missing = self.messages.len();
        let (_, heads) = self.store.heads().as_rchunks_mut();
        let start = heads.len() - missing;
        for (head, digest) in heads[start..].iter_mut().zip(self.messages.digests()) {
            *head = digest;
        }
    }

    /// Adds the rows of another part of the same split.
    pub fn append(&mut self, mut other: RowsBuilder<'_>) -> io::Result<()> {
        self.identify();
        other.identify();
        self.places.append(self.store.len(), 0, other.places);
        self.references.extend(other.references);
        self.store.append(other.store)
    }

    pub fn finish(mut self, split: &str, files: Vec<String>) -> io::Result<Rows> {
        self.identify();
        Ok(Rows {
            store: self.store.finish()?,
            kinds: self.identifier.kinds(),
            references: self.references,
            places: self.places,
            files,
            splits: vec![(split.to_string(), 0)],
        })
    }
}

/// The field of which each item makes an example.
fn each(dataset: &Dataset) -> Option<usize> {
    let answer = dataset.answer.as_ref();
    answer
        .filter(|answer| answer.several == Several::Each)
        .map(|answer| answer.field)
}

fn count(row: Row<'_>, field: usize) -> u32 {
    u32::try_from(row.cell(field).items().count().max(1)).unwrap_or(u32::MAX)
}
