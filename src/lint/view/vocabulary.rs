//! Words that prompts are full of, with their forms: what a word that is nearly one of them was meant to be.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Shorter words are one letter apart by chance.
const LETTERS: usize = 7;

/// Nouns; and a few that only look like them, so that they are not taken for slips.
const NOUNS: &str = "\
    abstract acceptability accuracy action adjective agreement alternative ambiguity analysis announcement \
    antecedent argument article assertion assistant assumption attribute background beginning biography captain \
    caption category character characteristic choice citation clarification classification comment commentary \
    comparison complement completion compliment comprehension conclusion conditional confidence connection \
    consensus consequence content contest context contradiction conversation correction criticism customer \
    decision declaration definition description dialogue difference direction disagreement discussion distractor \
    document ecosystem elation emotion entailment equivalence evaluation evidence example exception excerpt \
    experience explanation expression extract feedback fragment grammar headline highlight history hypotheses \
    hypothesis identity implication inference information instruction intention intentional interpretation \
    introduction keyword knowledge language linguist location meaning message narrative narrator negation \
    neutrality objective observation occasion opinion opposite original outcome overview paragraph paraphrase \
    passage pattern phrasing platform possibility prediction preference premise presentation problem product \
    promise pronoun proposition punctuation purpose quality question rationale reading reasoning recommendation \
    reference relation relationship request response restaurant restriction sarcasm scenario section sediment \
    semantics sentence sentiment sequence similarity situation solution speaker statement statistic student \
    subject suggestion summary supposition symptom synonym template tendency terminology thorough though thought \
    through throughout transcript transcription transformation translation understanding utterance validity \
    viewpoint vocabulary warranty wikipedia writing";

/// Verbs, likewise.
const VERBS: &str = "\
    abbreviate analyse analyze announce answer associate assume calculate capitalize categorize characterize \
    choose classify combine compare complete compose conclude condense consider contain continue contradict \
    convert convince correct correspond create deduce describe determine disagree discuss distinguish elaborate \
    emphasize entail estimate evaluate explain express extract finish follow formulate generate guarantee \
    highlight identify illustrate imagine include indicate insert interpret introduce justify mention negate \
    organize paraphrase perform precede predict prescribe present produce proscribe provide punctuate recommend \
    rephrase replace represent request resolve respond restate rewrite satisfy separate simplify specify \
    substitute suggest summarise summarize support suppose transform translate understand validate venerate \
    verify";

/// Words without other forms, and words that are right and close to the others.
const OTHERS: &str = "\
    acceptable according actually additional affirmative afterwards alphabetical ambiguous appropriate \
    approximately auction auctions automatically available because between briefly carefully categorise \
    categorised categorises categorising coherent compete competed competes competing complete composted concise \
    confidently correctly crating deducted deducting definitely detailed different difficult directly emoticon \
    emoticons entirely especially exactly excepts factual factually fluently following frequently grammatical \
    grammatically helpful identical implicitly impossible inappropriate inconclusive incorrect incorrectly \
    independent informal instead interesting irrelevant linguistically literally locution locutions logical \
    logically massage massages maximum meaningful minimum multiple necessarily necessary negative negatively \
    neither neutral nonsense obviously offensive opposite otherwise particular personal personnel phasing \
    plausible positive positively possible possibly potential predicated predication predications preposition \
    prepositions presets previous previously probably properly question reasonable reference referred referring \
    relevant respectively restarted restarting rewritten rewrote sarcastic semantically sensible sentient \
    separate several similar similarly slightly sometimes somewhat specific specifically suction suctions summery \
    syntactically together truthful truthfully unacceptable understood ungrammatical unlikely unrelated usually \
    whatever whether whichever whither without writhing";

/// All of them in all their forms.
static WORDS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let nouns = NOUNS.split_whitespace().flat_map(|noun| {
        let many = match noun.strip_suffix('y') {
            Some(stem) => format!("{stem}ies"),
            None => format!("{noun}s"),
        };
        [noun.to_string(), many]
    });
    let verbs = VERBS.split_whitespace().flat_map(|verb| {
        let (stem, s, ed) = match (verb.strip_suffix('e'), verb.strip_suffix('y')) {
            (Some(stem), _) if verb.ends_with("ee") => (verb, format!("{verb}s"), format!("{stem}ed")),
            (Some(stem), _) => (stem, format!("{verb}s"), format!("{stem}ed")),
            (None, Some(stem)) => (verb, format!("{stem}ies"), format!("{stem}ied")),
            (None, None) => (verb, format!("{verb}s"), format!("{verb}ed")),
        };
        [verb.to_string(), s, ed, format!("{stem}ing")]
    });
    let others = OTHERS.split_whitespace().map(str::to_string);
    nouns.chain(verbs).chain(others).collect()
});

/// The word that was meant by one in small letters that is none of them, but for a letter.
pub fn meant(word: &str) -> Option<&'static str> {
    if word.len() < LETTERS || !word.is_ascii() || WORDS.contains(word) {
        return None;
    }
    // Hardly anybody misses the first letter.
    let first = &word[..1];
    WORDS
        .range(first.to_string()..)
        .take_while(|other| other.starts_with(first))
        .filter(|other| other.len() >= LETTERS && other.len().abs_diff(word.len()) <= 1)
        .find(|other| slip(word, other) || vowel(word, other))
        .map(String::as_str)
}

/// Whether one vowel stands in the place of another, within the word.
fn vowel(word: &str, other: &str) -> bool {
    let vowels = |c: &u8| b"aeiouy".contains(c);
    let differ: Vec<(&u8, &u8)> = word
        .as_bytes()
        .iter()
        .zip(other.as_bytes())
        .filter(|(a, b)| a != b)
        .collect();
    let ends = |text: &str| text.as_bytes()[text.len() - 1];
    word.len() == other.len()
        && ends(word) == ends(other)
        && matches!(differ.as_slice(), [(a, b)] if vowels(a) && vowels(b))
}

/// Whether a word is another with one letter too many or too few, or two exchanged, and not a form of it.
pub fn slip(word: &str, other: &str) -> bool {
    let (long, short) = if word.len() > other.len() {
        (word, other)
    } else {
        (other, word)
    };
    // A form of a word has another end, and a negation another beginning.
    let form = long.starts_with(short) || long.ends_with(short);
    let ends = |text: &str| text[text.len().saturating_sub(2)..].to_string();
    if form || !word.is_ascii() || !other.is_ascii() || ends(word) != ends(other) {
        return false;
    }
    match long.len() - short.len() {
        1 => (0..long.len())
            .any(|at| long[..at] == short[..at.min(short.len())] && long[at + 1..] == short[at.min(short.len())..]),
        0 => {
            let differ: Vec<usize> = (0..word.len())
                .filter(|at| word.as_bytes()[*at] != other.as_bytes()[*at])
                .collect();
            matches!(differ.as_slice(), [a, b] if *b == a + 1 && word.as_bytes()[*a] == other.as_bytes()[*b] && word.as_bytes()[*b] == other.as_bytes()[*a])
        }
        _ => false,
    }
}
