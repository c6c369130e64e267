//! A tokenizer of Hugging Face's library: texts to ids and back, as rows of data need it.
//!
//! Row text is text: where it spells a special token, the spelling is encoded, never the token.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;

use anyhow::{Context as _, anyhow, bail, ensure};
use serde_json::{Value, json};
use tokenizers::{Model as _, Tokenizer as Library};

use super::bytes::{self, BYTES};
use super::special::{self, BESIDE};
use super::spelling::Spelling;
use super::words::{Met, Words};
use crate::digest::{Digest, hex, sha256_of};

/// A tokenizer, which may be used from any thread.
pub struct Tokenizer {
    /// Encodes row text: no special token is found in it.
    encoder: Library,
    /// The tokenizer as it was given, for decoding.
    decoder: Library,
    digest: Digest,
    vocab: usize,
    bos: Option<u32>,
    eos: u32,
    pad: Option<u32>,
    /// Of each id, whether its token is a special one that no text may give.
    special: Vec<bool>,
    /// The quick ways there and back, where there are some.
    words: Option<Words>,
    met: Mutex<Vec<Met>>,
    spelling: Option<Spelling>,
    /// The character of each byte.
    alphabet: [char; 256],
    /// The files it consists of, as they were.
    files: Vec<(String, Vec<u8>)>,
}

/// The tokens of a tokenizer, for those who look for some of them.
pub(super) struct Vocabulary<'v> {
    library: &'v Library,
    special: &'v [(u32, String)],
}

impl Vocabulary<'_> {
    pub fn id(&self, token: &str) -> Option<u32> {
        self.library.token_to_id(token)
    }

    pub fn has(&self, id: u32) -> bool {
        self.library.id_to_token(id).is_some()
    }

    /// The id of a token, if it is a special one.
    pub fn special(&self, token: &str) -> Option<u32> {
        let found = self.special.iter().find(|(_, content)| content == token);
        found.map(|(id, _)| *id)
    }
}

impl Tokenizer {
    /// Opens `bytes`, a `tokenizer.json`, or a directory with one. What ends a text is read from the files beside it.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        Self::open_with(path, None)
    }

    /// The same, where `eos` names the token that ends a text.
    pub fn open_with(path: &Path, eos: Option<&str>) -> anyhow::Result<Self> {
        if path.as_os_str() == BYTES {
            return Self::bytes(eos);
        }
        let file = match path.is_dir() {
            true => path.join("tokenizer.json"),
            false => path.to_path_buf(),
        };
        ensure!(
            file.is_file(),
            "there is no tokenizer at {}\nhelp: give a `tokenizer.json`, a directory with one, or `bytes`, which is built in",
            file.display()
        );
        let text = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        // A file of another name has nothing to do with what lies beside it.
        let named = file.file_name().is_some_and(|name| name == "tokenizer.json");
        let folder = file.parent().filter(|_| named);
        let mut files = vec![("tokenizer.json".to_string(), text)];
        for name in BESIDE {
            let beside = folder.map(|folder| folder.join(name)).filter(|path| path.is_file());
            if let Some(path) = beside {
                let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
                files.push((name.to_string(), text));
            }
        }
        Self::of_files(files, eos, folder).with_context(|| format!("{} is no tokenizer to go by", file.display()))
    }

    /// The built-in tokenizer with a token for each byte.
    fn bytes(eos: Option<&str>) -> anyhow::Result<Self> {
        let config = format!("{:#}\n", bytes::config());
        let files = [
            ("tokenizer.json", bytes::tokenizer()),
            ("tokenizer_config.json", config),
        ];
        let files = files.map(|(name, text)| (name.to_string(), text.into_bytes()));
        Self::of_files(files.into(), Some(eos.unwrap_or("</s>")), None)
    }

    fn of_files(files: Vec<(String, Vec<u8>)>, eos: Option<&str>, folder: Option<&Path>) -> anyhow::Result<Self> {
        let text = &files[0].1;
        let mut tree: Value = serde_json::from_slice(text).context("it is no JSON, or not all of it is there")?;
        ensure!(
            tree["model"].is_object(),
            "it has no `model`; a `tokenizer.json` of Hugging Face's library is needed"
        );
        let given = plain(text, &tree)?;
        let special = specials(&given);
        let vocab = size(&given);
        ensure!(vocab > 0, "it has no token");
        let (bos, ends) = added(&given)?;
        let vocabulary = Vocabulary {
            library: &given,
            special: &special,
        };
        let eos = match (special::end(&vocabulary, eos, folder), ends) {
            (Ok(eos), _) => eos,
            (Err(_), Some(own)) if eos.is_none() => own,
            (Err(error), _) => return Err(error),
        };
        let config = files.iter().find(|(name, _)| name == BESIDE[0]);
        let config: Value = config.map_or(Ok(Value::Null), |(name, text)| {
            serde_json::from_slice(text).with_context(|| format!("{name} is no JSON"))
        })?;
        let pad = special::padding(&vocabulary, &config);
        let unknown = tree["model"]["unk_token"].as_str().map(str::to_string);
        let unknown = unknown.and_then(|token| given.token_to_id(&token)).or_else(|| {
            let id = tree["model"]["unk_id"].as_u64()?;
            u32::try_from(id).ok()
        });
        let mut flags = vec![false; vocab];
        for (id, _) in special.iter().filter(|(id, _)| Some(*id) != unknown) {
            if let Some(flag) = flags.get_mut(*id as usize) {
                *flag = true;
            }
        }
        let mut encoder = encoder_of(&given);
        if finds_special(&encoder, &special, &flags) {
            rename(&mut tree, &special, unknown);
            // Where merges make it, it cannot be hidden, and a row that spells it is an error.
            if let Ok(renamed) = plain(&serde_json::to_vec(&tree)?, &tree) {
                encoder = encoder_of(&renamed);
            }
        }
        let of_text = |id: u32| {
            given
                .id_to_token(id)
                .filter(|_| special.iter().all(|(other, _)| *other != id))
        };
        let spelling = Spelling::of(&tree, vocab, of_text);
        let opened = Self {
            words: Words::of(&tree),
            met: Mutex::default(),
            spelling,
            alphabet: bytes::alphabet(),
            encoder,
            decoder: given,
            digest: sha256_of(text.as_slice())?,
            vocab,
            bos,
            eos,
            pad,
            special: flags,
            files,
        };
        // Text that no token stands for must have one for what is unknown.
        opened
            .try_encode("a\u{378}\u{10fffd}\n b")
            .context("it has no token for what it does not know")?;
        Ok(opened)
    }

    /// SHA-256 of its `tokenizer.json`.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// One more than the largest id.
    pub fn vocab(&self) -> usize {
        self.vocab
    }

    /// The token that the tokenizer itself puts before a text, if it does.
    pub fn bos(&self) -> Option<u32> {
        self.bos
    }

    /// The token that ends a text.
    pub fn eos(&self) -> u32 {
        self.eos
    }

    /// The token that its configuration has for filling rows up, if it has one.
    pub fn pad(&self) -> Option<u32> {
        self.pad
    }

    /// Whether an id is of a special token, the one for unknown text apart: no text gives it.
    pub fn is_special(&self, id: u32) -> bool {
        self.special.get(id as usize).copied().unwrap_or(false)
    }

    /// The ids of a text alone: no special token is added, and none is found in it. What cannot be encoded gives none;
    /// [`Tokenizer::try_encode`] says so.
    pub fn encode(&self, text: &str) -> Vec<u32> {
        self.try_encode(text).unwrap_or_default()
    }

    /// The same, or why there are none.
    pub fn try_encode(&self, text: &str) -> anyhow::Result<Vec<u32>> {
        let Some(words) = self.words else {
            return self.encode_by_library(text);
        };
        let mut met = self.met.lock().ok().and_then(|mut met| met.pop()).unwrap_or_default();
        let mut ids = Vec::with_capacity(text.len() / 4 + 4);
        let mut outcome = Ok(());
        words.split(text, |word| {
            if outcome.is_ok() {
                outcome = met.append(word, &mut ids, |word| self.word(word));
            }
        });
        if let Ok(mut all) = self.met.lock() {
            all.push(met);
        }
        outcome.map(|()| ids)
    }

    /// The ids of a word of a byte-level vocabulary.
    fn word(&self, word: &str) -> anyhow::Result<Vec<u32>> {
        let written: String = word.bytes().map(|byte| self.alphabet[usize::from(byte)]).collect();
        let tokens = self.encoder.get_model().tokenize(&written);
        let tokens = tokens.map_err(|error| anyhow!("{error}"))?;
        Ok(tokens.iter().map(|token| token.id).collect())
    }

    /// The same by the library alone, for holding quicker ways to it.
    pub fn encode_by_library(&self, text: &str) -> anyhow::Result<Vec<u32>> {
        let encoding = self
            .encoder
            .encode_fast(text, false)
            .map_err(|error| anyhow!("{error}"))?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The ids of a text that spells special tokens and means them, such as a chat prompt by hand. Never for rows of data.
    pub fn encode_marked(&self, text: &str) -> anyhow::Result<Vec<u32>> {
        let encoding = self
            .decoder
            .encode_fast(text, false)
            .map_err(|error| anyhow!("{error}"))?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The text of ids with the spelling of special tokens.
    pub fn decode_marked(&self, ids: &[u32]) -> String {
        self.decoder.decode(ids, false).unwrap_or_default()
    }

    /// The ids of a text, each with the bytes of the text that it stands for.
    pub fn encode_with_places(&self, text: &str) -> anyhow::Result<Vec<(u32, (usize, usize))>> {
        let encoding = self.encoder.encode(text, false).map_err(|error| anyhow!("{error}"))?;
        let ids = encoding.get_ids().iter().copied();
        Ok(ids.zip(encoding.get_offsets().iter().copied()).collect())
    }

    /// The text of ids, special tokens left out.
    pub fn decode(&self, ids: &[u32]) -> String {
        match &self.spelling {
            Some(spelling) => spelling.decode(ids),
            None => self.decode_by_library(ids),
        }
    }

    /// The same by the library alone.
    pub fn decode_by_library(&self, ids: &[u32]) -> String {
        self.decoder.decode(ids, true).unwrap_or_default()
    }

    /// The text of one token, as a person may see it: bytes that are no text by themselves are replaced.
    pub fn piece(&self, id: u32) -> String {
        if let Some(spelling) = &self.spelling {
            return spelling.decode(&[id]);
        }
        let token = self.token(id).unwrap_or_default();
        let byte = token.strip_prefix("<0x").and_then(|rest| rest.strip_suffix('>'));
        match byte.and_then(|byte| u8::from_str_radix(byte, 16).ok()) {
            Some(byte) => String::from_utf8_lossy(&[byte]).into_owned(),
            None => token.replace('\u{2581}', " "),
        }
    }

    /// How a token is written in the vocabulary.
    pub fn token(&self, id: u32) -> Option<String> {
        self.decoder.id_to_token(id)
    }

    /// Writes the files that `AutoTokenizer` opens into a directory that is there.
    pub fn write_to(&self, directory: &Path) -> anyhow::Result<()> {
        for (name, text) in &self.files {
            let text = match *name == BESIDE[0] {
                true => &self.config(text)?,
                false => text,
            };
            write(directory, name, text)?;
        }
        if self.files.iter().all(|(name, _)| *name != BESIDE[0]) {
            write(directory, BESIDE[0], &self.config(b"{}")?)?;
        }
        Ok(())
    }

    /// A configuration that says what ends a text here; as it was, where it did already.
    fn config(&self, text: &[u8]) -> anyhow::Result<Vec<u8>> {
        let mut config: Value = serde_json::from_slice(text)?;
        let eos = self.token(self.eos);
        let says = |value: &Value| value.as_str().or_else(|| value["content"].as_str()).map(str::to_string);
        if config.get("tokenizer_class").is_some() && says(&config["eos_token"]) == eos {
            return Ok(text.to_vec());
        }
        if config.get("tokenizer_class").is_none() {
            config["tokenizer_class"] = json!("PreTrainedTokenizerFast");
        }
        if let (Some(bos), None) = (self.bos.and_then(|id| self.token(id)), config.get("bos_token")) {
            config["bos_token"] = json!(bos);
        }
        config["eos_token"] = json!(eos);
        if config.get("clean_up_tokenization_spaces").is_none() {
            config["clean_up_tokenization_spaces"] = json!(false);
        }
        Ok(format!("{config:#}\n").into_bytes())
    }
}

impl std::fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tokenizer {} of {} tokens", &hex(&self.digest)[..16], self.vocab)
    }
}

fn write(directory: &Path, name: &str, text: &[u8]) -> anyhow::Result<()> {
    let path = directory.join(name);
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// The library's tokenizer, without what would make texts shorter, longer or different each time.
fn plain(text: &[u8], tree: &Value) -> anyhow::Result<Library> {
    // The library panics on some vocabularies that do not fit together.
    let opened = catch_unwind(AssertUnwindSafe(|| match tree["model"]["dropout"].is_number() {
        true => {
            let mut tree = tree.clone();
            tree["model"]["dropout"] = Value::Null;
            Library::from_bytes(tree.to_string())
        }
        false => Library::from_bytes(text),
    }));
    let mut library = match opened {
        Ok(Ok(library)) => library,
        Ok(Err(error)) => bail!("the library does not take it: {error}"),
        Err(_) => bail!("the library does not take it: its parts do not fit together"),
    };
    library.with_padding(None);
    library.with_truncation(None).map_err(|error| anyhow!("{error}"))?;
    Ok(library)
}

/// The special tokens, by their ids.
fn specials(library: &Library) -> Vec<(u32, String)> {
    let added = library.get_added_tokens_decoder();
    let special = added.into_iter().filter(|(_, token)| token.special);
    let mut special: Vec<(u32, String)> = special.map(|(id, token)| (id, token.content)).collect();
    special.sort();
    special
}

fn size(library: &Library) -> usize {
    let ids = library.get_vocab(true).into_values();
    ids.max().map_or(0, |id| id as usize + 1)
}

/// What the tokenizer puts before a text, and after it, by its own account.
fn added(library: &Library) -> anyhow::Result<(Option<u32>, Option<u32>)> {
    let probe = |special: bool| {
        let encoding = library.encode_fast("a", special);
        encoding
            .map(|encoding| encoding.get_ids().to_vec())
            .map_err(|error| anyhow!("it cannot encode `a`: {error}"))
    };
    let (bare, whole) = (probe(false)?, probe(true)?);
    let before = whole
        .windows(bare.len().max(1))
        .position(|window| window == bare.as_slice())
        .unwrap_or(0);
    ensure!(
        before <= 1,
        "it puts {before} tokens before a text, where one at most is known to be right"
    );
    let bos = (before == 1).then(|| whole[0]);
    Ok((bos, whole.get(before + bare.len()).copied()))
}

/// The tokenizer for row text.
fn encoder_of(library: &Library) -> Library {
    let mut encoder = library.clone();
    encoder.set_encode_special_tokens(true);
    // What is added around texts is added here, and the offsets are to be those of the text.
    encoder.with_post_processor(None::<tokenizers::PostProcessorWrapper>);
    encoder
}

/// Whether the spelling of a special token still gives it, as some models have theirs in the vocabulary.
fn finds_special(encoder: &Library, special: &[(u32, String)], flags: &[bool]) -> bool {
    let flagged = |id: &u32| flags.get(*id as usize).copied().unwrap_or(false);
    special.iter().any(|(_, content)| {
        let texts = [content.clone(), format!("a {content} b"), format!("a{content}b")];
        let mut found = texts.into_iter().map(|text| encoder.encode_fast(text, false));
        found.any(|encoding| encoding.is_ok_and(|encoding| encoding.get_ids().iter().any(flagged)))
    })
}

/// Gives special tokens names that no text spells, in the vocabulary and wherever it is spoken of.
fn rename(tree: &mut Value, special: &[(u32, String)], unknown: Option<u32>) {
    for (id, content) in special.iter().filter(|(id, _)| Some(*id) != unknown) {
        let name = format!("\u{ffff}special {id}\u{ffff}");
        match &mut tree["model"]["vocab"] {
            Value::Object(vocab) => {
                if let Some(number) = vocab.remove(content) {
                    vocab.insert(name.clone(), number);
                }
            }
            Value::Array(pieces) => {
                let piece = pieces.iter_mut().find(|piece| piece[0].as_str() == Some(content));
                if let Some(piece) = piece {
                    piece[0] = json!(name);
                }
            }
            _ => {}
        }
        for token in tree["added_tokens"].as_array_mut().into_iter().flatten() {
            if token["content"].as_str() == Some(content) {
                token["content"] = json!(name);
            }
        }
    }
    tree["post_processor"] = Value::Null;
}
