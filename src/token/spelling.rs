//! A quick way back from the ids of byte-level vocabularies: the bytes of each token, side by side.

use serde_json::Value;

use super::bytes::alphabet;

/// The bytes that each token of a vocabulary stands for; none for special ones and for ids that are of no token.
pub struct Spelling {
    bytes: Vec<u8>,
    /// Where the bytes of each id end.
    ends: Vec<u32>,
}

impl Spelling {
    /// Of a vocabulary of `size` ids whose decoder is byte-level.
    pub fn of(tree: &Value, size: usize, token: impl Fn(u32) -> Option<String>) -> Option<Self> {
        if tree["decoder"]["type"] != "ByteLevel" {
            return None;
        }
        let mut of_char = vec![None; 512];
        for (byte, c) in alphabet().into_iter().enumerate() {
            of_char[c as usize] = u8::try_from(byte).ok();
        }
        let mut spelling = Self {
            bytes: Vec::new(),
            ends: Vec::with_capacity(size),
        };
        for id in 0..size as u32 {
            if let Some(token) = token(id) {
                let byte = |c: char| of_char.get(c as usize).copied().flatten();
                let bytes: Option<Vec<u8>> = token.chars().map(byte).collect();
                // What is written in other characters stands for itself.
                spelling.bytes.extend(bytes.unwrap_or_else(|| token.into_bytes()));
            }
            spelling.ends.push(u32::try_from(spelling.bytes.len()).ok()?);
        }
        Some(spelling)
    }

    /// The text of ids; bytes that are no text are replaced as the library does.
    pub fn decode(&self, ids: &[u32]) -> String {
        let mut bytes = Vec::with_capacity(ids.len() * 4);
        for id in ids.iter().map(|id| *id as usize).filter(|id| *id < self.ends.len()) {
            let start = id.checked_sub(1).map_or(0, |before| self.ends[before]);
            bytes.extend_from_slice(&self.bytes[start as usize..self.ends[id] as usize]);
        }
        match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        }
    }
}
