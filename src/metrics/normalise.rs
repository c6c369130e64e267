//! Answers brought into the form in which question answering compares them.
//!
//! SQuAD: evaluate-v1.1.py and evaluate-v2.0.py (Rajpurkar et al. 2016, 2018). TriviaQA: triviaqa_evaluation.py
//! (Joshi et al. 2017). Both take off articles after punctuation, and bring white space to single spaces last.

use super::python;

/// What TriviaQA takes for punctuation beside `string.punctuation`: quotation marks that people write for an apostrophe.
const QUOTES: &str = "\u{2018}\u{2019}\u{b4}`_";

/// As SQuAD compares answers: lower case, without punctuation, without articles.
pub fn squad(text: &str) -> String {
    let lower = text.to_lowercase();
    let bare: String = lower.chars().filter(|c| !python::PUNCTUATION.contains(*c)).collect();
    python::join_split(&without_articles(&bare))
}

/// As TriviaQA compares answers: punctuation becomes a space.
pub fn trivia_qa(text: &str) -> String {
    let lower = text.to_lowercase();
    let spaced: String = lower
        .chars()
        .map(|c| match python::PUNCTUATION.contains(c) || QUOTES.contains(c) {
            true => ' ',
            false => c,
        })
        .collect();
    python::join_split(&without_articles(&spaced))
}

/// A space for every match of `\b(a|an|the)\b`, in lower case.
pub fn without_articles(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if !python::is_word(first) {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let end = rest.find(|c| !python::is_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        out.push_str(if matches!(word, "a" | "an" | "the") { " " } else { word });
        rest = after;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_are_whole_words() {
        assert_eq!(without_articles("the theatre, an_a a-an the"), "  theatre, an_a  -   ");
        assert_eq!(squad("The cat's \u{2014} a\u{2014}b"), "cats \u{2014} \u{2014}b");
        assert_eq!(trivia_qa("The cat\u{2019}s"), "cat s");
    }
}
