//! Token ids against what the field's own packages give: `$FLANC_REFERENCE/tokenizer_*/vectors.json`, the prompts and
//! options of `$FLANC_REFERENCE/model`, and round trips of every tokenizer of `$FLANC_MODELS`.

use std::path::{Path, PathBuf};
use std::{env, fs};

use flanc::token::Tokenizer;
use serde_json::Value;

use crate::support::{json, say};

/// The folder that a variable names; `None`, and a word about it, where it is not set.
fn folder(variable: &str) -> Option<PathBuf> {
    let found = env::var_os(variable).map(PathBuf::from);
    if found.is_none() {
        say(&format!(
            "reference_token: {variable} is not set, its tokens are not compared"
        ));
    }
    found
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The folders of tokenizers.
fn tokenizers(models: &Path) -> Vec<PathBuf> {
    let all = sorted(models).into_iter();
    all.filter(|path| path.join("tokenizer.json").is_file()).collect()
}

/// The tokenizer that the vectors of a folder are of: its own, the one that its README names, or one of its name.
fn tokenizer_of(vectors: &Path, models: &Path) -> PathBuf {
    if vectors.join("tokenizer.json").is_file() {
        return vectors.to_path_buf();
    }
    let known = tokenizers(models);
    let readme = fs::read_to_string(vectors.join("README.md")).unwrap_or_default();
    let plain = |name: &str| name.to_lowercase().replace(['_', '-', '.'], "");
    let own = plain(name(vectors).trim_start_matches("tokenizer_"));
    let named = known
        .iter()
        .find(|path| readme.contains(&format!("{}/tokenizer.json", name(path))));
    let alike = known.iter().find(|path| plain(&name(path)).starts_with(&own));
    let found = named.or(alike);
    found
        .unwrap_or_else(|| panic!("no tokenizer of {} is in {}", vectors.display(), models.display()))
        .clone()
}

fn ids(value: &Value) -> Vec<u32> {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{value}: {error}"))
}

#[test]
fn reference_token_ids_and_texts_are_those_of_the_vectors() {
    let (Some(reference), Some(models)) = (folder("FLANC_REFERENCE"), folder("FLANC_MODELS")) else {
        return;
    };
    let mut all = 0;
    for vectors in sorted(&reference) {
        if !name(&vectors).starts_with("tokenizer_") {
            continue;
        }
        let tokenizer = Tokenizer::open(&tokenizer_of(&vectors, &models)).expect("a tokenizer");
        let file = json(&vectors.join("vectors.json"));
        let cases = file["cases"].as_array().expect("cases");
        let mut wrong = Vec::new();
        for case in cases {
            wrong.extend(compare(&tokenizer, case).map(|what| format!("{}: {what}", case["id"])));
        }
        say(&format!(
            "reference_token {}: {} cases, {} wrong",
            name(&vectors),
            cases.len(),
            wrong.len()
        ));
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        all += cases.len();
    }
    assert!(all > 0, "no case was found in {}", reference.display());
}

/// What a case says otherwise, if anything.
fn compare(tokenizer: &Tokenizer, case: &Value) -> Option<String> {
    let text = case["text"].as_str().expect("a text");
    let expected = ids(&case["ids"]);
    // The vectors are of the library as it is, which finds special tokens in a text; a tokenizer's own may stand before.
    let bare = match (tokenizer.bos(), expected.split_first()) {
        (Some(bos), Some((first, rest))) if *first == bos => rest,
        _ => &expected,
    };
    let marked = tokenizer.encode_marked(text).expect("ids");
    let plain = tokenizer.encode(text);
    let special = bare.iter().any(|id| tokenizer.is_special(*id));
    if marked != bare {
        return Some(format!("{text:?} gives {marked:?}, not {bare:?}"));
    }
    if !special && plain != bare {
        return Some(format!("{text:?} gives {plain:?} as a row, not {bare:?}"));
    }
    if plain.iter().any(|id| tokenizer.is_special(*id)) {
        return Some(format!("{text:?} gives a special token as a row: {plain:?}"));
    }
    if let Some(tokens) = case["tokens"].as_array() {
        let found: Vec<String> = expected.iter().filter_map(|id| tokenizer.token(*id)).collect();
        if tokens.iter().map(|token| token.as_str().unwrap_or_default()).ne(&found) {
            return Some(format!("its tokens are {found:?}, not {tokens:?}"));
        }
    }
    let texts = [
        ("decoded", tokenizer.decode_marked(&expected)),
        ("decoded_skip_special", tokenizer.decode(&expected)),
        ("decoded_skip_special", tokenizer.decode_by_library(&expected)),
    ];
    for (field, found) in texts {
        if let Some(wanted) = case[field].as_str().filter(|wanted| *wanted != found) {
            return Some(format!("{field} is {found:?}, not {wanted:?}"));
        }
    }
    if let (Some(offsets), false) = (case["char_offsets"].as_array(), special) {
        let places = tokenizer.encode_with_places(text).expect("places");
        let chars = |byte: usize| text.char_indices().take_while(|(at, _)| *at < byte).count() as u64;
        let found = places.iter().map(|(_, (start, end))| [chars(*start), chars(*end)]);
        let wanted = offsets
            .iter()
            .map(|of| [0, 1].map(|at| of[at].as_u64().unwrap_or(u64::MAX)));
        if !found.clone().eq(wanted) {
            return Some(format!(
                "its places are {:?}, not {offsets:?}",
                found.collect::<Vec<_>>()
            ));
        }
    }
    None
}

#[test]
fn reference_token_ids_of_prompts_and_options_are_those_of_the_models() {
    let (Some(reference), Some(models)) = (folder("FLANC_REFERENCE"), folder("FLANC_MODELS")) else {
        return;
    };
    let (mut cases, mut options, mut wrong) = (0, 0, Vec::new());
    for path in sorted(&reference.join("model")) {
        let kind = ["rank_", "greedy_"]
            .into_iter()
            .find(|kind| name(&path).starts_with(kind));
        let Some(kind) = kind else { continue };
        let file = json(&path);
        let plain = |name: &str| name.to_lowercase().replace(['_', '-'], "");
        let said = plain(file["model"].as_str().unwrap_or_default());
        let of = plain(name(&path).trim_start_matches(kind).trim_end_matches(".json"));
        let fits = |path: &&PathBuf| {
            let own = plain(&name(path));
            own.starts_with(&of) || said.starts_with(&own)
        };
        let known = tokenizers(&models);
        let found = known.iter().find(fits);
        let found = found.unwrap_or_else(|| panic!("no tokenizer of {} is in {}", name(&path), models.display()));
        let tokenizer = Tokenizer::open(found).expect("a tokenizer");
        for case in file["cases"].as_array().expect("cases") {
            cases += 1;
            let prompt = case["prompt"].as_str().expect("a prompt");
            // Chat prompts spell their special tokens out.
            let whole = |text: &str| -> Vec<u32> {
                let ids = tokenizer.encode_marked(text).expect("ids");
                tokenizer.bos().into_iter().chain(ids).collect()
            };
            let mut hold = |what: &str, found: &[u32], wanted: &Value| {
                if found != ids(wanted) {
                    wrong.push(format!(
                        "{} {}: {what} gives {found:?}, not {wanted}",
                        name(&path),
                        case["id"]
                    ));
                }
            };
            let before = whole(prompt);
            hold("the prompt", &before, &case["prompt_ids"]);
            if kind == "greedy_" {
                let new = ids(&case["new_ids"]);
                let text = tokenizer.decode(&[before, new.clone()].concat());
                let texts = [("text_full", text), ("text_new", tokenizer.decode(&new))];
                for (field, text) in texts {
                    if let Some(wanted) = case[field].as_str().filter(|wanted| *wanted != text) {
                        wrong.push(format!(
                            "{} {}: {field} is {text:?}, not {wanted:?}",
                            name(&path),
                            case["id"]
                        ));
                    }
                }
                continue;
            }
            for (at, option) in case["options"].as_array().expect("options").iter().enumerate() {
                options += 1;
                let option = option.as_str().expect("an option");
                hold(
                    "an option",
                    &tokenizer.encode(option),
                    &case["separate"]["options"][at]["ids"],
                );
                let joint = whole(&format!("{prompt}{option}"));
                let start = before.iter().zip(&joint).take_while(|(a, b)| a == b).count();
                let wanted = &case["joint"]["options"][at];
                hold("an option after its prompt", &joint[start..], &wanted["ids"]);
                hold(
                    "where an option begins",
                    &[start as u32],
                    &serde_json::json!([wanted["start"]]),
                );
            }
        }
    }
    say(&format!(
        "reference_token: {cases} prompts and {options} options of models, {} wrong",
        wrong.len()
    ));
    assert!(cases > 0, "no prompt was found in {}", reference.display());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn reference_token_round_trips_hold_for_every_tokenizer() {
    let Some(models) = folder("FLANC_MODELS") else { return };
    let texts = texts();
    let mut opened = 0;
    for path in tokenizers(&models) {
        let tokenizer = Tokenizer::open(&path).expect("a tokenizer");
        let mut wrong = Vec::new();
        for text in &texts {
            let ids = tokenizer.encode(text);
            if ids != tokenizer.encode_by_library(text).expect("ids") {
                wrong.push(format!("{text:?} has other ids by the library"));
            }
            let back = tokenizer.decode(&ids);
            if back != *text || back != tokenizer.decode_by_library(&ids) {
                wrong.push(format!("{text:?} comes back as {back:?}"));
            }
        }
        say(&format!(
            "reference_token {}: {} texts there and back, {} wrong",
            name(&path),
            texts.len(),
            wrong.len()
        ));
        assert!(wrong.is_empty(), "{}", wrong[..wrong.len().min(10)].join("\n"));
        opened += 1;
    }
    assert!(opened > 0, "no tokenizer was found in {}", models.display());
}

/// Texts of every script and of our own rows and pages, and odd ones.
fn texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "   ",
        "\n",
        "\n\n\nfoo",
        "a  \n b\t\r\n",
        "it's 'so' I'll 'RE 're we'd 's",
        "</s> <s> <|endoftext|> <|im_start|>x<|im_end|> [SEP] <pad>",
        "naïve — 日本語 １２３ ½ Ⅻ 12a\u{a0}b \u{200b} \u{3000}x",
        "👩‍👩‍👧‍👦 🇩🇪 e\u{301} \u{feff}",
        "עברית العربية हिन्दी ไทย",
        "x = {'a': [1, 2.5e-3]}; // ok?!",
    ]
    .map(str::to_string)
    .into();
    texts.push("spaces".to_string() + &" ".repeat(3000) + "end");
    texts.push("ab".repeat(5000));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("docs"), root.join("datasets")];
    while let Some(folder) = folders.pop() {
        for path in sorted(&folder) {
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                let lines: Vec<&str> = text.lines().collect();
                texts.extend(
                    lines
                        .chunks(7)
                        .map(|lines| lines.join("\n"))
                        .filter(|text| text.len() < 4000),
                );
            }
        }
    }
    // Many files have much the same.
    let step = texts.len() / 4000 + 1;
    texts
        .into_iter()
        .enumerate()
        .filter(|(at, _)| *at < 16 || at % step == 0)
        .map(|(_, text)| text)
        .collect()
}
