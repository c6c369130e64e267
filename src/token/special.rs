//! Which of a tokenizer's tokens ends a text: asked of the files beside it, never of the text.

use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::tokenizer::Vocabulary;

/// The files that lie beside a `tokenizer.json` and go where it goes.
pub(super) const BESIDE: [&str; 4] = [
    "tokenizer_config.json",
    "special_tokens_map.json",
    "chat_template.jinja",
    "added_tokens.json",
];

/// Those that only say the numbers of special tokens.
const MODEL: [&str; 2] = ["generation_config.json", "config.json"];

/// What the end of a text is called where no file says so.
const USUAL: [&str; 8] = [
    "</s>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<eos>",
    "<|im_end|>",
    "<|eot_id|>",
    "<end_of_turn>",
    "[SEP]",
];

/// The token that ends a text: the one that was asked for, else what the files of `folder` say, else a usual name.
pub(super) fn end(vocabulary: &Vocabulary<'_>, asked: Option<&str>, folder: Option<&Path>) -> anyhow::Result<u32> {
    if let Some(token) = asked {
        return vocabulary
            .id(token)
            .with_context(|| format!("the tokenizer has no token `{token}`, which is to end a text"));
    }
    if let Some(folder) = folder {
        for file in &BESIDE[..2] {
            if let Some(config) = json(&folder.join(file))?
                && let Some(token) = text(&config["eos_token"])
            {
                let path = folder.join(file);
                return vocabulary.id(token).with_context(|| {
                    format!(
                        "{} says that `{token}` ends a text, which the tokenizer does not have",
                        path.display()
                    )
                });
            }
        }
        for file in MODEL {
            if let Some(config) = json(&folder.join(file))?
                && let Some(id) = number(&config["eos_token_id"])
                && vocabulary.has(id)
            {
                return Ok(id);
            }
        }
    }
    match USUAL.iter().find_map(|token| vocabulary.special(token)) {
        Some(id) => Ok(id),
        None => {
            bail!("no file says which token ends a text, and none has a usual name\nhelp: name it with `--eos TOKEN`")
        }
    }
}

/// The token that fills rows up, if the configuration knows one.
pub(super) fn padding(vocabulary: &Vocabulary<'_>, config: &Value) -> Option<u32> {
    text(&config["pad_token"]).and_then(|token| vocabulary.id(token))
}

/// A file of JSON; `None` where there is none.
pub(super) fn json(path: &Path) -> anyhow::Result<Option<Value>> {
    if !path.is_file() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let value = serde_json::from_str(&text).with_context(|| format!("{} is no JSON", path.display()))?;
    Ok(Some(value))
}

/// A token as configurations write it: a text, or an object with its content.
fn text(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value["content"].as_str())
}

/// A number, or the first of several.
fn number(value: &Value) -> Option<u32> {
    let number = value.as_u64().or_else(|| value.get(0)?.as_u64());
    number.and_then(|number| u32::try_from(number).ok())
}
