//! Nouns of prompts: which fields can be what a prompt calls an article or a question, and which article a noun takes.

use super::words::parts;

/// Nouns that texts go by in prompts, each with the names that fields of such a text have.
const TEXTS: &[(&str, &[&str])] = &[
    (
        "article",
        &[
            "article",
            "text",
            "passage",
            "context",
            "document",
            "background",
            "body",
            "story",
            "content",
            "news",
            "highlights",
            "maintext",
            "paragraph",
        ],
    ),
    (
        "passage",
        &[
            "passage",
            "text",
            "context",
            "paragraph",
            "article",
            "story",
            "background",
            "document",
        ],
    ),
    (
        "paragraph",
        &["paragraph", "passage", "text", "context", "article", "premise"],
    ),
    ("text", &[]),
    (
        "context",
        &[
            "context",
            "passage",
            "text",
            "paragraph",
            "premise",
            "background",
            "article",
            "dialogue",
            "story",
            "facts",
        ],
    ),
    ("story", &["story", "context", "text", "passage", "article", "sentence"]),
    (
        "document",
        &["document", "text", "article", "passage", "body", "report"],
    ),
    (
        "review",
        &[
            "review", "reviews", "text", "content", "sentence", "comment", "critic", "critics",
        ],
    ),
    (
        "reviews",
        &["review", "reviews", "text", "content", "critic", "critics", "sentence"],
    ),
    (
        "question",
        &[
            "question",
            "query",
            "questions",
            "text",
            "problem",
            "sentence",
            "goal",
            "stem",
        ],
    ),
    ("sentence", &[]),
    ("sentences", &[]),
    ("summary", &["summary", "highlights", "answer", "target", "text"]),
    ("email", &["email", "body", "text", "message", "mail"]),
    ("message", &["message", "body", "text", "email"]),
    (
        "dialogue",
        &[
            "dialogue",
            "dialog",
            "conversation",
            "text",
            "context",
            "turns",
            "utterance",
        ],
    ),
    (
        "conversation",
        &[
            "conversation",
            "dialogue",
            "dialog",
            "text",
            "context",
            "turns",
            "utterance",
        ],
    ),
    ("tweet", &["tweet", "text"]),
    (
        "statement",
        &["statement", "claim", "hypothesis", "sentence", "text", "premise"],
    ),
    ("claim", &["claim", "statement", "hypothesis", "sentence", "text"]),
];

/// The noun for a text that a word is.
pub fn text_noun(word: &str) -> Option<&'static str> {
    TEXTS.iter().find(|(noun, _)| *noun == word).map(|(noun, _)| *noun)
}

/// Whether a field of this name can be what a noun means. What is not known can be anything.
pub fn can_be(name: &str, noun: &str) -> bool {
    let Some((_, names)) = TEXTS.iter().find(|(own, _)| *own == noun) else {
        return true;
    };
    let known = |part: &str| TEXTS.iter().any(|(_, names)| names.contains(&part));
    names.is_empty() || parts(name).any(|part| names.contains(&part)) || !parts(name).any(known)
}

/// Words that begin with a vowel that is not spoken as one, or the other way round.
const SPOKEN_AS_CONSONANT: &[&str] = &[
    "uni", "use", "usa", "usu", "uti", "eu", "one", "once", "ufo", "ubiq", "u-", "ewe", "uk", "uran", "ure",
];
const SPOKEN_AS_VOWEL: &[&str] = &["hour", "honest", "honor", "honour", "heir"];

/// The article that stands before a word, where that is certain.
pub fn article(word: &str) -> Option<&'static str> {
    let lower = word.to_lowercase();
    let first = lower.chars().next()?;
    // Letters are spoken one by one in shortened names, and how nobody can tell: `an FAQ`, `a NATO`.
    let capitals = word.chars().filter(|c| c.is_uppercase()).count();
    if !first.is_ascii_alphabetic() || capitals > 1 || lower.chars().count() < 2 {
        return None;
    }
    let vowel = "aeiou".contains(first);
    let odd = if vowel { SPOKEN_AS_CONSONANT } else { SPOKEN_AS_VOWEL };
    let unlike = odd.iter().any(|begin| lower.starts_with(begin))
        && !lower.starts_with("unim")
        && !lower.starts_with("unin")
        && !lower.starts_with("unid");
    Some(if vowel != unlike { "an" } else { "a" })
}
