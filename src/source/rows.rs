//! The rows of one dataset, in its own fields, each with its identity.

use std::io;

use super::packed::{Row, pack};
use super::store::{Budget, Store, StoreBuilder};
use super::typed::Typed;
use crate::catalog::{Dataset, Several};
use crate::digest::{Digest, Hasher};

/// The rows of one dataset, of one or several source splits.
#[derive(Debug, Default)]
pub struct Rows {
    pub(super) store: Store,
    /// What each row says: a digest over its key fields, without split or seed. Copies share it.
    pub(super) contents: Vec<Digest>,
    /// Digests over all fields, to tell rows of one content apart without their position; empty where there is no
    /// `key`, for then the contents are that already.
    pub(super) wholes: Vec<Digest>,
    /// Digests over the fields that keep rows together; empty where none are declared, for then it is the contents.
    pub(super) groups: Vec<Digest>,
    /// How many answers each row has, where each makes an example; empty elsewhere.
    pub(super) references: Vec<u32>,
    /// Which file each row is from, by its place in `files`, and which record in it, from 1.
    pub(super) places: Vec<(u32, u32)>,
    /// Names of the files read, in order.
    pub(super) files: Vec<String>,
    /// The source splits, and the first row of each.
    pub(super) splits: Vec<(String, usize)>,
}

impl Rows {
    pub fn len(&self) -> usize {
        self.contents.len()
    }

    pub fn is_empty(&self) -> bool {
        self.contents.is_empty()
    }

    /// The values of a row. `scratch` is used where the row is not in memory; an error is one of the disk.
    pub fn row<'a>(&'a self, row: usize, scratch: &'a mut Vec<u8>) -> io::Result<Row<'a>> {
        self.store.row(row, scratch)
    }

    /// Reads a little of what is known of a row, and then of the row. Rows are used in an order that no cache foresees;
    /// whoever asks for many of them first has them all in the time of one. What it returns means nothing.
    pub fn locate(&self, row: usize) -> u64 {
        self.store.locate(row).wrapping_add(u64::from(self.contents[row][0]))
    }

    /// The second half of [`Rows::locate`].
    pub fn touch(&self, row: usize) -> u64 {
        self.store.touch(row)
    }

    pub fn content(&self, row: usize) -> &Digest {
        &self.contents[row]
    }

    pub fn whole(&self, row: usize) -> &Digest {
        self.wholes.get(row).unwrap_or(&self.contents[row])
    }

    pub fn group(&self, row: usize) -> &Digest {
        self.groups.get(row).unwrap_or(&self.contents[row])
    }

    /// How many examples a row makes in training: one, or one for each of its answers.
    pub fn references(&self, row: usize) -> u32 {
        self.references.get(row).copied().unwrap_or(1)
    }

    /// Whether rows of different contents can be tied.
    pub fn has_groups(&self) -> bool {
        !self.groups.is_empty()
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
        self.store.append(other.store);
        self.contents.extend(other.contents);
        self.wholes.extend(other.wholes);
        self.groups.extend(other.groups);
        self.references.extend(other.references);
        let moved = |(file, record): (u32, u32)| (file.saturating_add(files), record);
        self.places.extend(other.places.into_iter().map(moved));
        self.files.extend(other.files);
        self.splits
            .extend(other.splits.into_iter().map(|(name, start)| (name, start + rows)));
    }

    /// `FILE, row N`.
    pub fn origin(&self, row: usize) -> (&str, u32) {
        let (file, record) = self.places[row];
        let file = self.files.get(file as usize);
        (file.map_or("the select's result", String::as_str), record)
    }

    /// Where a row stands in its source.
    pub fn place(&self, row: usize) -> (u32, u32) {
        self.places[row]
    }
}

/// Collects the rows of one split.
pub(super) struct RowsBuilder<'a> {
    rows: Rows,
    store: StoreBuilder<'a>,
    content: Identity,
    whole: Option<Identity>,
    group: Option<Identity>,
    /// The field whose items are counted, where each makes an example.
    each: Option<usize>,
    raw: Vec<u8>,
}

impl<'a> RowsBuilder<'a> {
    pub fn new(dataset: &Dataset, budget: &'a Budget) -> Self {
        let all: Vec<usize> = (0..dataset.fields.len()).collect();
        // A `key` that names all fields says as much as none; the whole is the content then, whatever its order.
        let keyed = dataset.key.len() != all.len();
        Self {
            rows: Rows::default(),
            store: StoreBuilder::new(budget),
            content: Identity::new("content", dataset, &dataset.key),
            whole: keyed.then(|| Identity::new("whole", dataset, &all)),
            group: (!dataset.group.is_empty()).then(|| Identity::new("group", dataset, &dataset.group)),
            each: each(dataset),
            raw: Vec::new(),
        }
    }

    /// Adds the row whose cells `pack` appends, none where it says so. No text of it has clean-ups.
    pub fn add<E: From<io::Error>>(
        &mut self,
        place: (u32, u32),
        pack: impl FnOnce(&mut Vec<u8>) -> Result<bool, E>,
    ) -> Result<bool, E> {
        let Self {
            rows,
            content,
            whole,
            group,
            each,
            ..
        } = self;
        self.store.add(|out| {
            let start = out.len();
            if !pack(out)? {
                return Ok(false);
            }
            let packed = &out[start..];
            rows.contents.push(content.of(packed));
            rows.wholes.extend(whole.as_ref().map(|whole| whole.of(packed)));
            rows.groups.extend(group.as_ref().map(|group| group.of(packed)));
            rows.references.extend(each.map(|field| count(Row::new(packed), field)));
            rows.places.push(place);
            Ok(true)
        })
    }

    /// Adds a row. `raw` are the texts before their clean-ups, which is what identities are made of.
    pub fn push(&mut self, values: &[Typed], raw: &[Typed], place: (u32, u32)) -> io::Result<()> {
        self.raw.clear();
        raw.iter().for_each(|value| pack(&mut self.raw, value));
        self.rows.contents.push(self.content.of(&self.raw));
        self.rows
            .wholes
            .extend(self.whole.as_ref().map(|whole| whole.of(&self.raw)));
        self.rows
            .groups
            .extend(self.group.as_ref().map(|group| group.of(&self.raw)));
        self.rows.places.push(place);
        let Self { rows, each, .. } = self;
        self.store
            .add(|out| {
                let start = out.len();
                values.iter().for_each(|value| pack(out, value));
                rows.references
                    .extend(each.map(|field| count(Row::new(&out[start..]), field)));
                io::Result::Ok(true)
            })
            .map(|_| ())
    }

    /// Adds the rows of another part of the same split.
    pub fn append(&mut self, other: RowsBuilder<'_>) -> io::Result<()> {
        self.store.append(other.store)?;
        let (rows, other) = (&mut self.rows, other.rows);
        join(&mut rows.contents, other.contents);
        join(&mut rows.wholes, other.wholes);
        join(&mut rows.groups, other.groups);
        join(&mut rows.references, other.references);
        join(&mut rows.places, other.places);
        Ok(())
    }

    pub fn finish(mut self, split: &str, files: Vec<String>) -> io::Result<Rows> {
        self.rows.store = self.store.finish()?;
        self.rows.files = files;
        self.rows.splits = vec![(split.to_string(), 0)];
        Ok(self.rows)
    }
}

fn join<T>(to: &mut Vec<T>, mut from: Vec<T>) {
    if to.is_empty() {
        *to = from;
    } else {
        to.append(&mut from);
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

/// `H(tag, dataset, fields..)` over the packed cells of some fields.
struct Identity {
    begun: Hasher,
    /// `None`: all, in their order.
    fields: Option<Vec<usize>>,
}

impl Identity {
    fn new(tag: &str, dataset: &Dataset, fields: &[usize]) -> Self {
        let mut begun = Hasher::new(tag);
        begun.part(dataset.id.as_bytes());
        let all = fields.iter().copied().eq(0..dataset.fields.len());
        Self {
            begun,
            fields: (!all).then(|| fields.to_vec()),
        }
    }

    fn of(&self, packed: &[u8]) -> Digest {
        let mut hasher = self.begun.clone();
        match &self.fields {
            None => hasher.parts(packed),
            Some(fields) => {
                let row = Row::new(packed);
                fields.iter().for_each(|at| {
                    hasher.parts(row.packed(*at));
                });
                &mut hasher
            }
        };
        hasher.finish()
    }
}
