//! The draws: digests of what a choice is about, cut into disjoint 64-bit words.

use crate::digest::{Digest, EDITION, Messages, digest, id64, mix64, word};

/// The draws of one build: they hang on its seed and edition, and on nothing else of it.
#[derive(Clone, Copy, Debug)]
pub struct Draws {
    pub seed: u64,
}

impl Draws {
    /// Who a row is: its content, where it was found, and which of several equal rows of that split it is.
    pub fn row(content: &Digest, split: &str, occurrence: u32) -> Digest {
        with_row(content, split, occurrence, digest)
    }

    /// The same as a message.
    pub(super) fn add_row(messages: &mut Messages, content: &Digest, split: &str, occurrence: u32) {
        with_row(content, split, occurrence, |tag, parts| messages.add(tag, parts));
    }

    /// One reference of a row, where each makes an example of its own.
    pub fn unit(row: &Digest, reference: u32) -> Digest {
        digest("reference", &[row, &reference.to_be_bytes()])
    }

    /// Rows win their place under a cap by the smallest of these; it holds for all passes.
    pub fn keep(&self, unit: &Digest) -> Digest {
        digest("keep", &[EDITION.as_bytes(), &self.seed.to_be_bytes(), unit])
    }

    /// Groups are set aside by the smallest of these.
    pub fn reserve(&self, group: &Digest) -> Digest {
        digest("reserve", &[EDITION.as_bytes(), &self.seed.to_be_bytes(), group])
    }

    /// One use of a row. Its words: order, template, exemplars, and whether it is taken in a partial pass.
    pub fn use_of(&self, unit: &Digest, pass: u32) -> Digest {
        self.with_use(unit, pass, digest)
    }

    /// The same as a message.
    pub(super) fn add_use(&self, messages: &mut Messages, unit: &Digest, pass: u32) {
        self.with_use(unit, pass, |tag, parts| messages.add(tag, parts));
    }

    /// What a use is a digest of.
    fn with_use<T>(&self, unit: &Digest, pass: u32, take: impl FnOnce(&str, &[&[u8]]) -> T) -> T {
        let (seed, pass) = (self.seed.to_be_bytes(), pass.to_be_bytes());
        take("use", &[EDITION.as_bytes(), &seed, unit, &pass])
    }
}

/// What a row's key is a digest of.
fn with_row<T>(content: &Digest, split: &str, occurrence: u32, take: impl FnOnce(&str, &[&[u8]]) -> T) -> T {
    take("row", &[content, split.as_bytes(), &occurrence.to_be_bytes()])
}

/// The words of a `use` digest.
pub(super) const ORDER: usize = 0;
pub(super) const TEMPLATE: usize = 1;
const EXEMPLAR: usize = 2;
pub(super) const TAKEN: usize = 3;

/// The tickets of a template: the 64 bits of its name, and of `name#2`, `name#3`, ... where it has more than one.
pub fn tickets(name: &str, count: u32) -> Vec<u64> {
    let more = (2..=count).map(|ticket| id64(&format!("{name}#{ticket}")));
    [id64(name)].into_iter().chain(more).collect()
}

/// How well a template did in the draw of a use: the best `mix64(word ^ ticket)` of its tickets. `drawn` is
/// [`super::Use::template`]. Ties go to the name that sorts first.
pub fn score(drawn: u64, tickets: &[u64]) -> u64 {
    tickets
        .iter()
        .map(|ticket| mix64(drawn ^ ticket))
        .max()
        .unwrap_or_default()
}

/// Where on the ring of rows the search for exemplar `i` begins.
pub fn exemplar_start(use_digest: &Digest, i: u64) -> u64 {
    mix64(word(use_digest, EXEMPLAR).wrapping_add(i))
}

/// Which of `count` accepted answers is the target of a use. `drawn` is [`super::Use::template`].
pub fn reference(drawn: u64, count: usize) -> usize {
    let drawn = mix64(drawn ^ id64("reference"));
    // The high half of a product: uniform up to 1 part in 2^64 / count.
    ((u128::from(drawn) * count.max(1) as u128) >> 64) as usize
}

/// The order of a row's options, where they are shuffled: by `mix64` of a word of its `keep` digest plus the index.
pub fn option_order(keep: &Digest, count: usize) -> Vec<usize> {
    let drawn = word(keep, 2);
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|at| (mix64(drawn.wrapping_add(*at as u64)), *at));
    order
}
