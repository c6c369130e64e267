//! A prompt has a slip of grammar that many hands make.

use std::sync::LazyLock;

use regex::Regex;

use super::slips::{BARE, SLIPS};
use crate::diagnostic::Severity;
use crate::lint::view::{HOLE, TemplateView, in_prompts, pattern, words};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT022",
    name: "grammar",
    group: Group::Text,
    severity: Severity::Warning,
    default: true,
    page: include_str!("grammar.md"),
    check: Check::Template(check),
};

/// Words that look like verbs and are none.
const NOUNS: &[&str] = &[
    "something",
    "anything",
    "nothing",
    "everything",
    "thing",
    "morning",
    "evening",
    "meaning",
    "being",
    "following",
    "king",
    "ring",
    "string",
    "wedding",
    "building",
    "reading",
    "writing",
    "feeling",
    "ending",
    "spelling",
    "wording",
    "opening",
    "setting",
    "during",
    "including",
    "beginning",
    "according",
    "regarding",
    "concerning",
    "saying",
    "rating",
    "heading",
    "training",
    "spring",
    "wing",
    "thinking",
];

static DOING: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\b((?:Did|Does|Do|did|does|do) (?:the|this|that|these|those|a|an) (\p{L}+) (\p{L}+ing))\b")
});
/// After `can you` and the like, words with an ending that verbs do not have there.
static ENDED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b((?:can|could|will|would|should|do|does|did|must) (?:you|we|they|he|she|it|i) (\p{L}{2,}(?:[^s\W]s|ed)))\b",
    )
});
/// Words with such endings that may stand there.
const UNENDED: &[&str] = &[
    "always",
    "sometimes",
    "perhaps",
    "besides",
    "focus",
    "yes",
    "thus",
    "plus",
    "less",
    "its",
    "need",
    "feed",
    "speed",
    "proceed",
    "succeed",
    "exceed",
    "heed",
    "embed",
    "indeed",
    "people",
    "readers",
    "afterwards",
    "nowadays",
    "ones",
    "bias",
    "canvas",
    "news",
    "guys",
    "humans",
    "experts",
    "agreed",
];
static AGAIN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:^|[.!?,]\s+)((?:Is|Are|Was|is|are) (?:the|this|these|those) [^.,;:?!▢\n]{4,60}? (?:is|are|was)) [a-z]+",
    )
});
static ROUND: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(an? (\p{L}{4,}) (\p{L}{4,}) (\p{L}{4,}))\b"));

fn check(view: &TemplateView) -> Vec<Finding> {
    if !view.in_english() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (slip, what) in SLIPS.iter() {
        found.extend(in_prompts(view, slip, |hit| {
            // `Would this be described`: not the noun is followed by the verb.
            let passive = words::words(hit.text())
                .iter()
                .skip(1)
                .any(|word| word == "be" || word == "have");
            let bare = *what == BARE && passive;
            (!bare).then(|| hit.finding(format!("`{}`: {what}", shown(hit.text()))))
        }));
    }
    found.extend(in_prompts(view, &DOING, |hit| {
        let (noun, verb) = (hit.captures.get(2)?.as_str(), hit.captures.get(3)?.as_str());
        let is_noun = NOUNS.contains(&verb) && verb != "thinking" || NOUNS.contains(&noun);
        (!is_noun).then(|| {
            hit.finding(format!(
                "`{}`: the verb after an auxiliary has no ending",
                shown(hit.text())
            ))
        })
    }));
    found.extend(in_prompts(view, &ENDED, |hit| {
        let verb = hit.captures.get(2)?.as_str();
        (!UNENDED.contains(&verb)).then(|| hit.finding(format!("`{}`: {BARE}", shown(hit.text()))))
    }));
    found.extend(in_prompts(view, &AGAIN, |hit| {
        // `Is what is said true?`: a clause within has a verb of its own.
        let inner = words::words(hit.text());
        let clause = [
            "that", "which", "what", "who", "if", "whether", "and", "or", "how", "where", "when", "why", "as", "than",
            "there", "it",
        ];
        (!inner.iter().any(|word| clause.contains(&word.as_str())))
            .then(|| hit.finding("a question with two verbs, one too many"))
    }));
    found.extend(in_prompts(view, &ROUND, |hit| {
        let (first, last) = (hit.captures.get(2)?.as_str(), hit.captures.get(4)?.as_str());
        (first.eq_ignore_ascii_case(last)).then(|| hit.finding(format!("`{first}` stands here twice")))
    }));
    found
}

/// A hit on one line, with three dots for a value.
fn shown(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace(HOLE, "...")
}
