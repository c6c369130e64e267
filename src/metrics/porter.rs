//! The Porter stemmer with the changes of NLTK, which `rouge_score` uses.
//!
//! Porter, "An algorithm for suffix stripping" (1980); NLTK's mode `NLTK_EXTENSIONS`: a few irregular words, words of two
//! letters as they are, and milder rules for `ies`, `ied`, `y`, `alli`, `fulli`, `logi` and short stems.

/// Words with a stem of their own.
const IRREGULAR: &[(&str, &str)] = &[
    ("sky", "sky"),
    ("skies", "sky"),
    ("dying", "die"),
    ("lying", "lie"),
    ("tying", "tie"),
    ("news", "news"),
    ("innings", "inning"),
    ("inning", "inning"),
    ("outings", "outing"),
    ("outing", "outing"),
    ("cannings", "canning"),
    ("canning", "canning"),
    ("howe", "howe"),
    ("proceed", "proceed"),
    ("exceed", "exceed"),
    ("succeed", "succeed"),
];

/// Suffixes that become others after a stem of measure 1 or more, the first that fits.
const STEP_2: &[(&str, &str)] = &[
    ("ational", "ate"),
    ("tional", "tion"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("izer", "ize"),
    ("bli", "ble"),
    ("alli", "al"),
    ("entli", "ent"),
    ("eli", "e"),
    ("ousli", "ous"),
    ("ization", "ize"),
    ("ation", "ate"),
    ("ator", "ate"),
    ("alism", "al"),
    ("iveness", "ive"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("aliti", "al"),
    ("iviti", "ive"),
    ("biliti", "ble"),
    ("fulli", "ful"),
];

const STEP_3: &[(&str, &str)] = &[
    ("icate", "ic"),
    ("ative", ""),
    ("alize", "al"),
    ("iciti", "ic"),
    ("ical", "ic"),
    ("ful", ""),
    ("ness", ""),
];

/// Suffixes that go after a stem of measure 2 or more, the first that fits; `ion` only after s or t.
const STEP_4: &[&str] = &[
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism", "ate", "iti",
    "ous", "ive", "ize",
];

/// The stem of a word, in lower case.
pub fn stem(word: &str) -> String {
    let lower = word.to_lowercase();
    if let Some((_, stem)) = IRREGULAR.iter().find(|(irregular, _)| *irregular == lower) {
        return (*stem).to_string();
    }
    if word.chars().count() <= 2 {
        return lower;
    }
    let steps = [plural, past, final_y, double_suffix, suffix, ending, final_e, final_ll];
    steps.into_iter().fold(lower, |word, step| step(word))
}

/// Which letters are consonants: all but a, e, i, o, u, and y after a consonant.
fn consonants(word: &str) -> Vec<bool> {
    let mut found: Vec<bool> = Vec::with_capacity(word.len());
    for c in word.chars() {
        let consonant = match c {
            'a' | 'e' | 'i' | 'o' | 'u' => false,
            'y' => found.last().is_none_or(|before| !before),
            _ => true,
        };
        found.push(consonant);
    }
    found
}

/// Porter's m: how often a vowel is followed by a consonant.
fn measure(stem: &str) -> usize {
    consonants(stem).windows(2).filter(|pair| !pair[0] && pair[1]).count()
}

fn has_vowel(stem: &str) -> bool {
    consonants(stem).contains(&false)
}

/// The last letter, where the word ends in it twice and it is a consonant.
fn double(word: &str) -> Option<char> {
    let mut letters = word.chars().rev();
    let (last, before) = (letters.next()?, letters.next()?);
    (last == before && consonants(word).last() == Some(&true)).then_some(last)
}

/// Whether a word ends in consonant, vowel, consonant, the last none of w, x and y; a word of two letters in the last two.
fn is_short(word: &str) -> bool {
    match consonants(word).as_slice() {
        [false, true] => true,
        [.., true, false, true] => !word.ends_with(['w', 'x', 'y']),
        _ => false,
    }
}

/// The word with its suffix replaced.
fn replaced(word: &str, suffix: &str, by: &str) -> Option<String> {
    word.strip_suffix(suffix).map(|stem| format!("{stem}{by}"))
}

fn plural(word: String) -> String {
    if word.ends_with("ies") && word.chars().count() == 4 {
        return replaced(&word, "ies", "ie").unwrap_or(word);
    }
    let rules = [("sses", "ss"), ("ies", "i"), ("ss", "ss"), ("s", "")];
    let found = rules.into_iter().find_map(|(suffix, by)| replaced(&word, suffix, by));
    found.unwrap_or(word)
}

fn past(word: String) -> String {
    if word.ends_with("ied") {
        let by = if word.chars().count() == 4 { "ie" } else { "i" };
        return replaced(&word, "ied", by).unwrap_or(word);
    }
    if let Some(stem) = word.strip_suffix("eed") {
        return if measure(stem) > 0 { format!("{stem}ee") } else { word };
    }
    let stem = ["ed", "ing"]
        .into_iter()
        .filter_map(|suffix| word.strip_suffix(suffix))
        .find(|stem| has_vowel(stem));
    let Some(stem) = stem else { return word };
    if ["at", "bl", "iz"].into_iter().any(|end| stem.ends_with(end)) {
        return format!("{stem}e");
    }
    if let Some(last) = double(stem) {
        let kept = if matches!(last, 'l' | 's' | 'z') {
            stem
        } else {
            &stem[..stem.len() - last.len_utf8()]
        };
        return kept.to_string();
    }
    if measure(stem) == 1 && is_short(stem) {
        return format!("{stem}e");
    }
    stem.to_string()
}

fn final_y(word: String) -> String {
    match word.strip_suffix('y') {
        Some(stem) if stem.chars().count() > 1 && consonants(stem).last() == Some(&true) => format!("{stem}i"),
        _ => word,
    }
}

fn double_suffix(word: String) -> String {
    if let Some(stem) = word.strip_suffix("alli").filter(|stem| measure(stem) > 0) {
        return double_suffix(format!("{stem}al"));
    }
    // The stem of `logi` has its l.
    if word.ends_with("logi") {
        return match word.strip_suffix("ogi").filter(|stem| measure(stem) > 0) {
            Some(stem) => format!("{stem}og"),
            None => word,
        };
    }
    first_of(word, STEP_2)
}

fn suffix(word: String) -> String {
    first_of(word, STEP_3)
}

/// The first rule whose suffix the word has decides, whether its stem is long enough or not.
fn first_of(word: String, rules: &[(&str, &str)]) -> String {
    for (suffix, by) in rules {
        if let Some(stem) = word.strip_suffix(suffix) {
            return if measure(stem) > 0 { format!("{stem}{by}") } else { word };
        }
    }
    word
}

fn ending(word: String) -> String {
    for suffix in STEP_4 {
        if let Some(stem) = word.strip_suffix(suffix) {
            let goes = measure(stem) > 1 && (*suffix != "ion" || stem.ends_with(['s', 't']));
            return if goes { stem.to_string() } else { word };
        }
    }
    word
}

fn final_e(word: String) -> String {
    match word.strip_suffix('e') {
        Some(stem) if measure(stem) > 1 || (measure(stem) == 1 && !is_short(stem)) => stem.to_string(),
        _ => word,
    }
}

fn final_ll(word: String) -> String {
    match word.strip_suffix('l') {
        Some(stem) if stem.ends_with('l') && measure(stem) > 1 => stem.to_string(),
        _ => word,
    }
}
