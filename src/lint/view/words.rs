//! Words of prompts: which begin a question, which an instruction, and how texts are compared by them.

/// Words that begin a question, unless something else makes a statement of them.
const ASKING: &[&str] = &[
    "what", "what's", "which", "who", "whom", "whose", "where", "when", "why", "how", "is", "are", "was", "were",
    "does", "do", "did", "can", "could", "would", "will", "should", "has", "have", "had", "isn't", "aren't", "doesn't",
    "didn't",
];

/// Verbs that tell a reader what to do.
const TELLING: &[&str] = &[
    "add",
    "arrange",
    "assess",
    "assign",
    "calculate",
    "combine",
    "compute",
    "condense",
    "copy",
    "count",
    "detect",
    "help",
    "outline",
    "recommend",
    "reply",
    "report",
    "return",
    "show",
    "simplify",
    "solve",
    "think",
    "transform",
    "try",
    "verify",
    "answer",
    "ask",
    "change",
    "check",
    "choose",
    "classify",
    "come",
    "compare",
    "complete",
    "compose",
    "consider",
    "continue",
    "convert",
    "correct",
    "create",
    "decide",
    "describe",
    "determine",
    "devise",
    "draft",
    "edit",
    "evaluate",
    "expand",
    "explain",
    "express",
    "extract",
    "fill",
    "find",
    "finish",
    "fix",
    "formulate",
    "generate",
    "give",
    "guess",
    "identify",
    "imagine",
    "indicate",
    "infer",
    "invent",
    "judge",
    "label",
    "list",
    "make",
    "mark",
    "match",
    "name",
    "paraphrase",
    "pick",
    "predict",
    "produce",
    "propose",
    "provide",
    "put",
    "rank",
    "rate",
    "read",
    "remove",
    "rephrase",
    "replace",
    "reply",
    "respond",
    "restate",
    "restore",
    "rewrite",
    "say",
    "select",
    "sort",
    "specify",
    "state",
    "suggest",
    "summarise",
    "summarize",
    "tell",
    "translate",
    "turn",
    "use",
    "write",
];

/// The words of a text in small letters, apostrophes kept.
pub fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '’'))
        .filter(|word| !word.is_empty())
        .map(|word| word.replace('’', "'").to_lowercase())
        .collect()
}

/// Whether a word begins a question.
pub fn asks(word: &str) -> bool {
    ASKING.contains(&word)
}

/// Whether a word is a verb that instructions begin with.
pub fn tells(word: &str) -> bool {
    TELLING.contains(&word)
}

/// Whether a text begins in a word of its own, quoted or not, and in no value.
fn begins_in_word(text: &str) -> bool {
    text.trim_start_matches(['"', '\'', '(', '“', '*', '-', ' '])
        .starts_with(char::is_alphabetic)
        && !text.starts_with("\" ")
}

/// Whether a text begins as an instruction does, a `please` aside.
pub fn is_instruction(text: &str) -> bool {
    if !begins_in_word(text) {
        return false;
    }
    let words = words(text);
    let mut words = words.iter().map(String::as_str).skip_while(|word| *word == "please");
    words.next().is_some_and(tells)
}

/// Whether a text begins as a question does: `Is it ..`, `In which year ..`, `Given the text, can we ..`.
pub fn is_question(text: &str) -> bool {
    if !begins_in_word(text) {
        return false;
    }
    let words = words(text);
    let Some(first) = words.first() else { return false };
    if asks(first) {
        // `When you have read it, ..` and `Have a look` are none; `Do not` tells.
        let second = words.get(1).map_or("", String::as_str);
        return match first.as_str() {
            "when" | "where" => asks(second) || matches!(second, "in"),
            "have" | "had" => matches!(second, "you" | "we" | "they" | "i" | "the" | "these" | "those"),
            "do" => !matches!(second, "not" | "so" | "this" | "it" | "that"),
            "will" | "what" | "how" | "which" | "who" => true,
            _ => true,
        };
    }
    let second = words.get(1).map_or("", String::as_str);
    matches!(
        first.as_str(),
        "in" | "to" | "of" | "for" | "from" | "with" | "about" | "on" | "by"
    ) && matches!(second, "which" | "what" | "whom" | "whose")
}

/// Whether two texts differ only in case, punctuation and white space.
pub fn same_words(a: &str, b: &str) -> bool {
    words(a) == words(b)
}

/// Whether a text begins in capitals, as headings do.
pub fn is_heading(text: &str) -> bool {
    let mut letters = text.chars().filter(|c| c.is_alphabetic());
    let first: Vec<char> = letters.by_ref().take(4).collect();
    first.len() > 2 && first.iter().all(|c| c.is_uppercase())
}

/// The last clause of a sentence, after its last comma or colon.
pub fn last_clause(text: &str) -> &str {
    text.rsplit([',', ':', ';']).next().unwrap_or(text).trim()
}

/// Whether a field is a question by its name.
pub fn names_question(name: &str) -> bool {
    parts(name).any(|part| matches!(part, "question" | "query" | "questions"))
        && !parts(name).any(|part| matches!(part, "id" | "type" | "kind"))
}

/// The parts of a field's name: `question_text`, `sentence1`.
fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_alphabetic()).filter(|part| !part.is_empty())
}

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

/// Whether a word that follows a text begins a sentence.
pub fn begins_sentence(before: &str) -> bool {
    let before = before.trim_end_matches([' ', '"', '(', '\'', '“', '*']);
    before.is_empty() || before.ends_with(['\n', '.', '?', '!', ':', super::HOLE, super::OPTIONS])
}
