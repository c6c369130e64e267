//! Where every identity and every choice of a build comes from: SHA-256 over what the choice is about.
//!
//! docs/determinism.md writes these definitions down for a stranger; a test recomputes them in Python.

mod lanes;
mod many;

use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

pub use many::{Messages, pair};

/// 32 bytes that name a row, a group, a file or a choice.
pub type Digest = [u8; 32];

/// The edition of every draw and of every shard's content. It changes when the same input is to give other
/// output, and never otherwise.
pub const EDITION: &str = "2026";

/// A digest over parts: `SHA-256` of, for each part, its length as four big-endian bytes and its bytes.
#[derive(Clone)]
pub struct Hasher(Sha256);

impl Hasher {
    /// Begins with the tag, which is the first part and tells one kind of digest from another.
    pub fn new(tag: &str) -> Self {
        let mut hasher = Self(Sha256::new());
        hasher.part(tag.as_bytes());
        hasher
    }

    pub fn part(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update(length(bytes));
        self.0.update(bytes);
        self
    }

    /// Adds bytes that are parts already, each with its length before it.
    pub fn parts(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update(bytes);
        self
    }

    pub fn finish(self) -> Digest {
        self.0.finalize().into()
    }
}

/// What stands before a part.
fn length(part: &[u8]) -> [u8; 4] {
    u32::try_from(part.len())
        .expect("a value of less than 4 GiB")
        .to_be_bytes()
}

/// `H(tag, parts..)` of docs/determinism.md.
pub fn digest(tag: &str, parts: &[&[u8]]) -> Digest {
    // Draws are over few bytes, and there are several for each row: those go to the hash function in one piece.
    let mut short = [0; 192];
    let mut filled = 0;
    let all = [tag.as_bytes()].into_iter().chain(parts.iter().copied());
    let fits = all.clone().map(|part| 4 + part.len()).sum::<usize>() <= short.len();
    if fits {
        for part in all {
            let length = (part.len() as u32).to_be_bytes();
            for bytes in [&length, part] {
                short[filled..filled + bytes.len()].copy_from_slice(bytes);
                filled += bytes.len();
            }
        }
        return Sha256::digest(&short[..filled]).into();
    }
    let mut hasher = Hasher::new(tag);
    for part in parts {
        hasher.part(part);
    }
    hasher.finish()
}

/// SHA-256 of all that a reader gives, as it is, for files.
pub fn sha256_of(mut reader: impl Read) -> io::Result<Digest> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(hasher.finalize().into()),
            read => hasher.update(&buffer[..read]),
        }
    }
}

/// The 64 bits that stand for a name in a draw: the first eight bytes of `H("name", name)`.
pub fn id64(name: &str) -> u64 {
    word(&digest("name", &[name.as_bytes()]), 0)
}

/// The finaliser of splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
pub fn mix64(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// The `index`-th of the four big-endian 64-bit words a digest is cut into.
pub fn word(digest: &Digest, index: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[index * 8..index * 8 + 8]);
    u64::from_be_bytes(bytes)
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    push_hex(&mut out, bytes);
    out
}

/// Adds bytes to a text in lower-case hexadecimal.
pub fn push_hex(out: &mut String, bytes: &[u8]) {
    // By sums and not by a table: sixteen bytes become digits together.
    let digit = |half: u8| half + b'0' + if half > 9 { b'a' - b'9' - 1 } else { 0 };
    for part in bytes.chunks(16) {
        let mut digits = [0; 32];
        for (byte, pair) in part.iter().zip(digits.as_chunks_mut().0) {
            *pair = [digit(byte >> 4), digit(byte & 15)];
        }
        out.push_str(std::str::from_utf8(&digits[..part.len() * 2]).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart_by_their_lengths() {
        assert_ne!(digest("t", &[b"ab", b"c"]), digest("t", &[b"a", b"bc"]));
        assert_ne!(digest("t", &[b""]), digest("t", &[]));
    }

    #[test]
    fn short_parts_and_long_ones_are_digested_alike() {
        for length in [0, 1, 150, 183, 184, 185, 1000] {
            let part = vec![7; length];
            let mut hasher = Hasher::new("t");
            hasher.part(&part);
            assert_eq!(digest("t", &[&part]), hasher.finish());
        }
    }

    #[test]
    fn every_byte_has_its_two_digits() {
        let bytes: Vec<u8> = (0..=255).collect();
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex(&bytes), digits);
    }

    #[test]
    fn the_finaliser_is_splitmix64() {
        // The first output of splitmix64 seeded with 0: its state is the golden-ratio increment.
        assert_eq!(mix64(0x9e37_79b9_7f4a_7c15), 0xe220_a839_7b1d_cdaf);
    }
}
