//! A quick way to the ids of byte-level vocabularies that split texts as GPT-2 does: the splits by hand, and each word
//! looked up among those met before. What is new goes through the library, whose ids these are.
//!
//! Knows nothing of special tokens: who uses it has to know that there are none to find.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::bytes::alphabet;

/// How a text is split into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    digits: Digits,
    /// Whether GPT-2's pattern splits further.
    pattern: bool,
}

/// What becomes of digits before anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Digits {
    AsText,
    /// Each is a piece by itself.
    Single,
    /// A run of them is a piece.
    Runs,
}

impl Words {
    /// The splits of a `tokenizer.json`, if they are of this kind and nothing else changes or finds a text.
    pub fn of(tree: &Value) -> Option<Self> {
        let model = &tree["model"];
        let added = tree["added_tokens"].as_array();
        let only_special = added.is_none_or(|tokens| tokens.iter().all(|token| token["special"] == true));
        let vocab = model["vocab"].as_object()?;
        let bytes = alphabet();
        let mut letter = [0; 4];
        let complete = bytes.iter().all(|c| vocab.contains_key(&*c.encode_utf8(&mut letter)));
        let nothing = |value: &Value| value.is_null() || *value == "" || *value == false;
        let plain = [
            "unk_token",
            "continuing_subword_prefix",
            "end_of_word_suffix",
            "byte_fallback",
        ];
        if model["type"] != "BPE" || !only_special || !complete || !tree["normalizer"].is_null() {
            return None;
        }
        if !plain.iter().all(|name| nothing(&model[name])) {
            return None;
        }
        let splitter = &tree["pre_tokenizer"];
        match splitter["type"].as_str()? {
            "ByteLevel" => Self::byte_level(splitter, Digits::AsText),
            "Sequence" => match splitter["pretokenizers"].as_array()?.as_slice() {
                [digits, rest] if digits["type"] == "Digits" => {
                    let digits = match digits["individual_digits"] == true {
                        true => Digits::Single,
                        false => Digits::Runs,
                    };
                    Self::byte_level(rest, digits)
                }
                [only] => Self::byte_level(only, Digits::AsText),
                _ => None,
            },
            _ => None,
        }
    }

    fn byte_level(splitter: &Value, digits: Digits) -> Option<Self> {
        let fits = splitter["type"] == "ByteLevel" && splitter["add_prefix_space"] == false;
        fits.then(|| Self {
            digits,
            pattern: splitter["use_regex"] != false,
        })
    }

    /// Calls for each word of a text, in its order.
    pub fn split<'t>(self, text: &'t str, mut each: impl FnMut(&'t str)) {
        let mut rest = text;
        while !rest.is_empty() {
            let piece = match self.digits {
                Digits::AsText => rest.len(),
                Digits::Single | Digits::Runs => self.piece(rest),
            };
            let (piece, after) = rest.split_at(piece);
            rest = after;
            match self.pattern {
                true => pattern(piece, &mut each),
                false => each(piece),
            }
        }
    }

    /// The length of the piece that a text begins with: digits, or what stands before the next of them.
    fn piece(self, text: &str) -> usize {
        let digit = |c: char| c.is_numeric();
        match text.chars().next() {
            Some(c) if digit(c) && self.digits == Digits::Single => c.len_utf8(),
            Some(c) if digit(c) => text.find(|c: char| !digit(c)).unwrap_or(text.len()),
            _ => text.find(digit).unwrap_or(text.len()),
        }
    }
}

/// What GPT-2's pattern tells apart.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Kind {
    Other,
    Letter,
    Number,
    Space,
}

/// The kind of every character. Letters and numbers are those of the engine that the library's pattern runs on.
static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let mut kinds = vec![Kind::Other; 0x11_0000];
    let all: String = ('\0'..=char::MAX).collect();
    for (pattern, kind) in [
        (r"\p{L}+", Kind::Letter),
        (r"\p{N}+", Kind::Number),
        (r"\s+", Kind::Space),
    ] {
        let pattern = Regex::new(pattern).expect("a pattern of ours");
        for found in pattern.find_iter(&all) {
            found.as_str().chars().for_each(|c| kinds[c as usize] = kind);
        }
    }
    kinds
});

/// Splits as `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+` does.
fn pattern<'t>(text: &'t str, each: &mut impl FnMut(&'t str)) {
    let kinds = KINDS.as_slice();
    let bytes = text.as_bytes();
    // The kind of the character at a place, and its length.
    let at = |place: usize| -> Option<(Kind, usize)> {
        let byte = *bytes.get(place)?;
        if byte < 0x80 {
            return Some((kinds[usize::from(byte)], 1));
        }
        let c = text[place..].chars().next()?;
        Some((kinds[c as usize], c.len_utf8()))
    };
    // The end of the run of one kind that goes on at a place.
    let run = |mut place: usize, kind: Kind| {
        while let Some((_, length)) = at(place).filter(|(other, _)| *other == kind) {
            place += length;
        }
        place
    };
    let mut start = 0;
    while let Some((kind, length)) = at(start) {
        let next = start + length;
        let end = match kind {
            Kind::Space => match at(next) {
                Some((after, _)) if after != Kind::Space && bytes[start] == b' ' => run(next, after),
                _ => {
                    // The last space of a run belongs to what follows.
                    let (mut end, mut last) = (next, start);
                    while let Some((_, length)) = at(end).filter(|(other, _)| *other == Kind::Space) {
                        last = end;
                        end += length;
                    }
                    match end == bytes.len() || last == start {
                        true => end,
                        false => last,
                    }
                }
            },
            Kind::Other if bytes[start] == b'\'' => match contraction(&bytes[next..]) {
                0 => run(next, kind),
                length => next + length,
            },
            _ => run(next, kind),
        };
        each(&text[start..end]);
        start = end;
    }
}

/// The length of what an apostrophe makes one word with; 0 where it does not.
fn contraction(after: &[u8]) -> usize {
    match after {
        [b'r', b'e', ..] | [b'v', b'e', ..] | [b'l', b'l', ..] => 2,
        [b's' | b't' | b'm' | b'd', ..] => 1,
        _ => 0,
    }
}

/// The most words that are kept, and the longest of them in bytes.
const KEPT: usize = 1 << 18;
const LONGEST: usize = 64;

/// The ids of words met before. One thread uses it at a time.
#[derive(Default)]
pub struct Met {
    words: HashMap<Box<[u8]>, (u32, u32), BuildHasherDefault<Fold>>,
    ids: Vec<u32>,
}

impl Met {
    /// Appends the ids of a word, asked of `other` where it is new.
    pub fn append(
        &mut self,
        word: &str,
        out: &mut Vec<u32>,
        other: impl FnOnce(&str) -> anyhow::Result<Vec<u32>>,
    ) -> anyhow::Result<()> {
        if let Some((start, end)) = self.words.get(word.as_bytes()) {
            out.extend_from_slice(&self.ids[*start as usize..*end as usize]);
            return Ok(());
        }
        let ids = other(word)?;
        out.extend_from_slice(&ids);
        if word.len() <= LONGEST && self.words.len() < KEPT {
            let start = self.ids.len() as u32;
            self.ids.extend_from_slice(&ids);
            self.words
                .insert(word.as_bytes().into(), (start, self.ids.len() as u32));
        }
        Ok(())
    }
}

/// A quick hash of few bytes: eight at a time, folded products. Nobody chooses words to collide who gains by it.
#[derive(Default)]
pub struct Fold(u64);

impl Fold {
    fn add(&mut self, word: u64) {
        let wide = u128::from(self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        self.0 = (wide as u64) ^ (wide >> 64) as u64;
    }
}

impl Hasher for Fold {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| self.add(u64::from_le_bytes(*word)));
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        last[7] = rest.len() as u8 | 0x80;
        self.add(u64::from_le_bytes(last));
    }

    fn write_usize(&mut self, number: usize) {
        self.add(number as u64);
    }

    fn write_u8(&mut self, number: u8) {
        self.add(u64::from(number));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
