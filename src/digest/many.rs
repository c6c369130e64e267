//! The SHA-256 of many messages. Within one message every round waits for the round before it; two messages that go through
//! the hash function side by side, where the processor lets them ([`lanes`]), fill each other's waits and take half the time.
//!
//! Rows, records and keys are short and many, and a build digests as many bytes of them as it writes.

use sha2::block_api::compress256;

use super::Digest;
use super::lanes;

/// Bytes that the hash function takes at once.
pub(super) type Block = [u8; 64];
/// What it holds between two blocks; after the last one this is the digest.
pub(super) type State = [u32; 8];

/// The state before the first block (FIPS 180-4, 5.3.3).
const BEGIN: State = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];
/// Messages, and bytes of them, after which it is time to digest them: few enough to be in the nearest cache still.
const MESSAGES: usize = 64;
const BYTES: usize = 16 << 10;

/// Messages that wait to be digested together. Each is written to its end, and then ended.
#[derive(Debug, Default)]
pub struct Messages {
    /// All messages, one behind the other: those that were ended padded to whole blocks, then the one that is being written.
    bytes: Vec<u8>,
    /// Where each message ends that was ended, in blocks.
    ends: Vec<usize>,
    /// Of each message, while they are digested; kept for its memory.
    states: Vec<State>,
}

impl Messages {
    /// Adds bytes to the message that is being written.
    pub fn write(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Adds a part to it, as [`super::Hasher::part`] does.
    pub fn part(&mut self, bytes: &[u8]) {
        self.write(&super::length(bytes));
        self.write(bytes);
    }

    /// Adds the message that [`super::digest`] of a tag and parts is of.
    pub fn add(&mut self, tag: &str, parts: &[&[u8]]) {
        self.part(tag.as_bytes());
        parts.iter().for_each(|part| self.part(part));
        self.end();
    }

    /// Ends the message.
    pub fn end(&mut self) {
        let start = self.ends.last().map_or(0, |end| end * size_of::<Block>());
        let length = self.bytes.len() - start;
        pad(&mut self.bytes, length);
        self.ends.push(self.bytes.len() / size_of::<Block>());
    }

    /// Messages that were ended.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Whether it is time to digest them.
    pub fn is_full(&self) -> bool {
        self.len() >= MESSAGES || self.bytes.len() >= BYTES
    }

    /// The digests of the messages, in their order. They are forgotten with that.
    pub fn digests(&mut self) -> impl Iterator<Item = Digest> {
        self.states.clear();
        self.states.resize(self.ends.len(), BEGIN);
        let (blocks, _) = self.bytes.as_chunks();
        let mut waiting = Waiting {
            blocks,
            ends: &self.ends,
            states: self.states.iter_mut(),
            next: 0,
        };
        let (mut one, mut other) = (waiting.next(), waiting.next());
        // Two at a time for as many blocks as the shorter one has left. The next message takes its lane.
        while let (Some((state, blocks)), Some((beside, others))) = (&mut one, &mut other) {
            let together = blocks.len().min(others.len());
            if !lanes::two(state, &blocks[..together], beside, &others[..together]) {
                break;
            }
            *blocks = &blocks[together..];
            *others = &others[together..];
            if blocks.is_empty() {
                one = waiting.next();
            }
            if other.as_ref().is_some_and(|(_, blocks)| blocks.is_empty()) {
                other = waiting.next();
            }
        }
        // What the last message has left alone; everything, where there are no lanes.
        let rest = [one, other].into_iter().flatten().chain(waiting);
        rest.for_each(|(state, blocks)| compress256(state, blocks));
        self.bytes.clear();
        self.ends.clear();
        self.states.iter().map(digest_of)
    }
}

/// The digests of two long messages, which are not copied.
pub fn pair(messages: [&[u8]; 2]) -> [Digest; 2] {
    let mut states = [BEGIN; 2];
    let [one, other] = &mut states;
    let [(blocks, _), (others, _)] = messages.map(<[u8]>::as_chunks);
    let mut together = blocks.len().min(others.len());
    if !lanes::two(one, &blocks[..together], other, &others[..together]) {
        together = 0;
    }
    for (state, message) in states.iter_mut().zip(messages) {
        let (blocks, rest) = message.as_chunks();
        compress256(state, &blocks[together..]);
        let mut last = rest.to_vec();
        pad(&mut last, message.len());
        compress256(state, last.as_chunks().0);
    }
    states.each_ref().map(digest_of)
}

/// Adds what ends a message of so many bytes (FIPS 180-4, 5.1.1): one bit, zeros, and its length in bits as the last eight
/// bytes of a block.
fn pad(bytes: &mut Vec<u8>, length: usize) {
    let bits = (8 * length as u64).to_be_bytes();
    bytes.push(0x80);
    let padded = (bytes.len() + bits.len()).next_multiple_of(size_of::<Block>());
    bytes.resize(padded - bits.len(), 0);
    bytes.extend_from_slice(&bits);
}

fn digest_of(state: &State) -> Digest {
    let mut digest = Digest::default();
    for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    digest
}

/// The messages that are not begun: of each its state and its blocks.
struct Waiting<'m> {
    blocks: &'m [Block],
    ends: &'m [usize],
    states: std::slice::IterMut<'m, State>,
    /// The number of the next message.
    next: usize,
}

impl<'m> Iterator for Waiting<'m> {
    type Item = (&'m mut State, &'m [Block]);

    fn next(&mut self) -> Option<Self::Item> {
        let state = self.states.next()?;
        let start = self.next.checked_sub(1).map_or(0, |before| self.ends[before]);
        let end = self.ends[self.next];
        self.next += 1;
        Some((state, &self.blocks[start..end]))
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn they_are_what_each_message_alone_gives() {
        let text: Vec<u8> = (0..9000_u32).map(|at| ((at * at) >> 5) as u8).collect();
        let lengths = [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 8000, 3, 0, 700, 64, 9000];
        let mut messages = Messages::default();
        // A second time with what the first one has left behind.
        for count in [lengths.len(), 0, 1, 2, 3, 7] {
            let lengths = &lengths[..count];
            for (at, length) in lengths.iter().enumerate() {
                messages.write(&text[..length / 2]);
                messages.write(&text[length / 2..*length]);
                messages.end();
                assert_eq!(messages.len(), at + 1);
            }
            let alone: Vec<Digest> = lengths
                .iter()
                .map(|length| Sha256::digest(&text[..*length]).into())
                .collect();
            assert_eq!(messages.digests().collect::<Vec<_>>(), alone);
            assert!(messages.is_empty());
        }
    }

    #[test]
    fn a_pair_is_what_each_of_them_alone_gives() {
        let text = [7; 5000];
        for (one, other) in [(0, 0), (64, 63), (5000, 1), (130, 4999), (55, 4096)] {
            let alone = [one, other].map(|length| Digest::from(Sha256::digest(&text[..length])));
            assert_eq!(pair([&text[..one], &text[..other]]), alone);
        }
    }

    #[test]
    fn parts_are_those_of_a_hasher() {
        let mut messages = Messages::default();
        messages.add("t", &[b"", b"some more"]);
        let alone = crate::digest::digest("t", &[b"", b"some more"]);
        assert_eq!(messages.digests().collect::<Vec<_>>(), [alone]);
    }
}
