//! How BLEU cuts a text into words: sacrebleu's tokenizers `13a`, `intl`, `char`, `zh` and `none`.
//!
//! `13a` is that of NIST's mteval-v13a.pl, `intl` that of mteval-v14.pl with `--international-tokenization`.

use std::sync::LazyLock;

use regex::Regex;

use super::python;

/// A tokenizer by the name that sacrebleu has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Tokenizer {
    /// Punctuation apart, but for points and commas within numbers and dashes within words.
    #[default]
    V13a,
    /// Punctuation and symbols of all scripts apart.
    Intl,
    /// Every character by itself.
    Char,
    /// Chinese characters by themselves, all else as `V13a`.
    Zh,
    /// Only white space divides.
    None,
}

impl Tokenizer {
    /// By its name: `13a`, `intl`, `char`, `zh` or `none`.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "13a" => Self::V13a,
            "intl" => Self::Intl,
            "char" => Self::Char,
            "zh" => Self::Zh,
            "none" => Self::None,
            _ => return None,
        })
    }

    /// The words of one line. White space at its end does not count.
    pub fn words(self, line: &str) -> Vec<String> {
        let line = line.trim_end_matches(python::is_space);
        let spaced = match self {
            Self::V13a => western(&format!(" {} ", plain(line))),
            Self::Intl => replaced(line, &INTERNATIONAL),
            Self::Char => line.chars().flat_map(|c| [' ', c]).collect(),
            Self::Zh => chinese(line),
            Self::None => line.to_string(),
        };
        python::split(&spaced).map(str::to_string).collect()
    }
}

type Rules = LazyLock<Vec<(Regex, &'static str)>>;

/// Symbols; points and commas that do not stand between digits; dashes after digits.
static WESTERN: Rules = LazyLock::new(|| {
    rules(&[
        (r"([{-~\[-` -&(-+:-@/])", " ${1} "),
        (r"([^0-9])([.,])", "${1} ${2} "),
        (r"([.,])([^0-9])", " ${1} ${2}"),
        (r"([0-9])(-)", "${1} ${2} "),
    ])
});

/// Punctuation after or before anything but a number; symbols.
static INTERNATIONAL: Rules = LazyLock::new(|| {
    rules(&[
        (r"(\P{N})(\p{P})", "${1} ${2} "),
        (r"(\p{P})(\P{N})", " ${1} ${2}"),
        (r"(\p{S})", " ${1} "),
    ])
});

fn rules(written: &[(&str, &'static str)]) -> Vec<(Regex, &'static str)> {
    let read = |(pattern, by): &(&str, &'static str)| Some((Regex::new(pattern).ok()?, *by));
    written.iter().filter_map(read).collect()
}

fn replaced(line: &str, rules: &Rules) -> String {
    let mut out = line.to_string();
    for (pattern, by) in rules.iter() {
        out = pattern.replace_all(&out, *by).into_owned();
    }
    out
}

fn western(line: &str) -> String {
    replaced(line, &WESTERN)
}

/// Without marks of skipped passages, hyphens at ends of lines and the four entities of SGML.
fn plain(line: &str) -> String {
    let line = line.replace("<skipped>", "").replace("-\n", "").replace('\n', " ");
    if !line.contains('&') {
        return line;
    }
    line.replace("&quot;", "\"")
        .replace("&amp;", "&")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
}

/// First and last characters of what counts as Chinese. The first range is what
/// sacrebleu's comparison of texts makes of the extension B it means (from U+20000 on): quotation marks and arrows count, and the extension does not.
const CHINESE: &[(char, char)] = &[
    ('\u{2001}', '\u{2a6d}'),
    ('\u{2e80}', '\u{2eff}'),
    ('\u{2f00}', '\u{2fdf}'),
    ('\u{2ff0}', '\u{303f}'),
    ('\u{3100}', '\u{312f}'),
    ('\u{31a0}', '\u{31bf}'),
    ('\u{31c0}', '\u{31ef}'),
    ('\u{3200}', '\u{33ff}'),
    ('\u{3400}', '\u{4db5}'),
    ('\u{4e00}', '\u{9fbb}'),
    ('\u{f900}', '\u{fa2d}'),
    ('\u{fa30}', '\u{fa6a}'),
    ('\u{fa70}', '\u{fad9}'),
    ('\u{fe10}', '\u{fe1f}'),
    ('\u{fe30}', '\u{fe4f}'),
    ('\u{ff00}', '\u{ffef}'),
];

fn chinese(line: &str) -> String {
    let mut out = String::with_capacity(line.len() * 2);
    for c in line.trim_matches(python::is_space).chars() {
        if CHINESE.iter().any(|(first, last)| (*first..=*last).contains(&c)) {
            out.extend([' ', c, ' ']);
        } else {
            out.push(c);
        }
    }
    western(&out)
}
