//! A prompt has a slip of grammar that many hands make.

use std::sync::LazyLock;

use regex::Regex;

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

/// Slips, each as a pattern and what is wrong with it.
static SLIPS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let slips = [
        (
            r"(?i)\b(th(?:is|at|ese|those) (?:following|below|aforementioned|above))\b",
            "two words that point, for one noun",
        ),
        (
            r"(?i)\b(the (?:this|that|these|those|a|an|my|your|its|their)) \p{L}",
            "two articles, for one noun",
        ),
        (
            r"\b([Ww]hats|[Dd]oesnt|[Dd]ont|[Ii]snt|[Cc]ant|[Ww]ont|[Dd]idnt|[Aa]rent|[Ww]asnt|[Ll]ets (?:see|say|take|assume))\b",
            "an apostrophe is missing",
        ),
        (r"(?i)\b(as follow)\b", "it is `as follows`"),
        (r"(?i)\b((?:could|would|should|must|might) of)\b", "it is `have`"),
        (
            r"(?i)\b((?:more|less|rather|better|worse|other|fewer|greater|smaller|longer|shorter) then)\b(?: the| a| an|,|$| \w+ing| \p{N})",
            "it is `than`",
        ),
        (
            r"(?m)(?:^|[.!?:]\s+)(Chose) (?:from|the|one|between|an?|your|among|which)\b",
            "it is `Choose`",
        ),
        (
            r"(?i)\b((?:expresses|contains|shows|means|describes|says|has|have|denotes) is)\b",
            "two verbs, for one subject",
        ),
        (
            r"(?i)\b((?:is|are|does|do|can|will) (?:is|are|does|can|will))\b",
            "two verbs, for one subject",
        ),
        (
            r"(?i)\b((?:generate|write|give|create|make|compose|produce|provide) (?:short|long|new|brief|simple|good|random|concise|different|possible) an? \p{L}+)",
            "the article stands after the adjective",
        ),
        (
            r"\b((?:[Gg]ive|[Ww]rite|[Pp]rovide|[Ss]elect|[Cc]hoose|[Pp]ick|[Gg]enerate) (?:answer|question|summary|sentence|option|choice|headline|correct answer|right answer|best answer|correct option|best option))\b(?: [a-z]|[.?!\n]|$)",
            "an article is missing",
        ),
        (
            r"(?i)\b((?:a|an|another|each|every|one) (?:sentences|questions|answers|reviews|summaries|articles|passages|words|texts|options|choices|statements|paragraphs))\b",
            "one of something, and many",
        ),
        (
            r"(?i)\b((?:two|three|four|five|several|both|these|those|many|following two) (?:sentence|question|answer|review|article|passage|word|option|choice|statement|paragraph))\b(?:[.,;:?!\n]|$| (?:is|are|was|were|below|above|that|which|given|have|do)\b)",
            "many of something, and one",
        ),
        (
            r"(?i)\b((?:sentence|question|answer|review|article|passage|text|statement|paragraph|he|she|it) (?:are|were))\b(?: [a-z]+(?:ing|ed)\b| not\b| the\b| a\b)",
            "one subject, and a verb for many",
        ),
        (
            r"(?i)(?:^|[^f] )((?:(?:these|those) (?:sentences|questions|answers|reviews|articles|passages|statements|paragraphs)|they|we|you) (?:is|was|has|does))\b",
            "many subjects, and a verb for one",
        ),
        (
            r"(?i)\b((?:does|did|do|can|could|will|would|should|must|may|might) (?:it|he|she|they|we|you) (?:\p{L}{2,}ing|follows|means|implies|entails|says|makes|has|is|was))\b",
            "the verb after an auxiliary has no ending",
        ),
        (
            r"(?i)\b(how (?:would|do|could|should) you (?:consider|regard))\b",
            "`consider` does not take `how`",
        ),
        (
            r#"(?i)\b((?:based on|according to|given|from|using) this) "?▢"#,
            "`this` lacks its noun",
        ),
        (
            r"(?i)\b((?:do(?:es)?|did) not (?:\p{L}{3,}(?:ied|oned|ained|ered)))\b",
            "the verb after an auxiliary has no ending",
        ),
        (
            r"(?i)\b(contract(?:s|ing)? (?:each other|one another|the (?:premise|hypothesis|sentence|statement)))\b",
            "it is `contradict`",
        ),
        (
            r"(?i)\b(an? (?:informations?|advices?|evidences?|knowledges?|feedbacks?|furnitures?))\b(?: (?:of|about|on|that|which|to|for)\b|[.,;:?!\n]|$)",
            "this noun takes no `a`",
        ),
        (
            r"(?i)\b(is consist(?:s|ed|ing)? of|is depend(?:s)? on|is belong(?:s)? to|is exist(?:s)?)\b",
            "two verbs, for one subject",
        ),
        (
            r"(?i)\b((?:to|can|will|could|should|would|must) (?:answered|generated|translated|wrote|written|chose|gave|given|found|said|asked|choosen))\b",
            "the verb has no ending here",
        ),
        (
            r"(?i)\b(discuss(?:es|ed|ing)? about|emphasize on|comprised? of of|despite of|return back)\b",
            "one word too many",
        ),
    ];
    slips.map(|(slip, what)| (pattern(slip), what)).into()
});

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
static AGAIN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:^|[.!?,]\s+)((?:Is|Are|Was|is|are) the [^.,;:?!▢\n]{4,60}? (?:is|are|was)) [a-z]+"));
static ROUND: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(an? (\p{L}{4,}) (\p{L}{4,}) (\p{L}{4,}))\b"));

fn check(view: &TemplateView) -> Vec<Finding> {
    if !view.in_english() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (slip, what) in SLIPS.iter() {
        found.extend(in_prompts(view, slip, |hit| {
            Some(hit.finding(format!("`{}`: {what}", shown(hit.text()))))
        }));
    }
    found.extend(in_prompts(view, &DOING, |hit| {
        let (noun, verb) = (hit.captures.get(2)?.as_str(), hit.captures.get(3)?.as_str());
        let is_noun = NOUNS.contains(&verb) && verb != "thinking" || NOUNS.contains(&noun);
        (!is_noun).then(|| hit.finding(format!("`{}`: the verb after an auxiliary has no ending", hit.text())))
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

/// Values as three dots.
fn shown(text: &str) -> String {
    text.replace(HOLE, "...")
}
