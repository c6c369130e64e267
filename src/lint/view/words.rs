//! Words of prompts: which begin a question, which an instruction, and how texts are compared by them.

pub use super::nouns::{article, can_be, text_noun};

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
pub(super) fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_alphabetic()).filter(|part| !part.is_empty())
}

/// Whether a word that follows a text begins a sentence.
pub fn begins_sentence(before: &str) -> bool {
    let before = before.trim_end_matches([' ', '"', '(', '\'', '“', '*']);
    before.is_empty() || before.ends_with(['\n', '.', '?', '!', ':', super::HOLE, super::OPTIONS])
}
