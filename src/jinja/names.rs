//! Which names a body or a condition reads, and where, before any row is there.

use std::collections::BTreeSet;
use std::ops::Range;

use minijinja::ErrorKind;
use minijinja::machinery::Token;

use super::engine;
use super::known;
use super::words::{self, Word};

/// A name that a text reads, with the bytes where it first stands.
#[derive(Debug, PartialEq, Eq)]
pub struct Use {
    pub name: String,
    pub at: Range<usize>,
}

/// A text that is no template.
#[derive(Debug)]
pub struct Mistake {
    pub message: String,
    pub at: Range<usize>,
    pub help: Option<String>,
}

/// The names a template body reads from its row, in alphabetical order.
pub fn names_in_body(body: &str) -> Result<Vec<Use>, Mistake> {
    let env = engine::environment();
    let template = env.template_from_str(body);
    let words = sound(body, false, template.as_ref().err())?;
    unknown_words(&env, &words)?;
    let names = template.map(|template| template.undeclared_variables(false));
    Ok(locate(&env, &words, names.into_iter().flatten().collect()))
}

/// The names a condition reads.
pub fn names_in_condition(condition: &str) -> Result<Vec<Use>, Mistake> {
    let env = engine::environment();
    let expression = env.compile_expression(condition);
    let words = sound(condition, true, expression.as_ref().err())?;
    unknown_words(&env, &words)?;
    let names = expression.map(|expression| expression.undeclared_variables(false));
    Ok(locate(&env, &words, names.into_iter().flatten().collect()))
}

/// The words of a text in which nothing is wrong. minijinja takes a text for whole if it meets what is no word right after
/// a string, so that all words are read here too.
fn sound<'t>(text: &'t str, condition: bool, error: Option<&minijinja::Error>) -> Result<Vec<Word<'t>>, Mistake> {
    let words = words::of(text, condition);
    match (error, words) {
        (None, words) => words,
        (Some(error), Ok(_)) => Err(mistake(error, text, condition)),
        // What comes first is the reason; that a text ended too early is no more than what followed.
        (Some(error), Err(no_word)) => {
            let mistake = mistake(error, text, condition);
            let follows = error.kind() == ErrorKind::BadEscape || mistake.message.contains("end of input");
            let first = mistake.at.start < no_word.at.start && !follows;
            Err(if first { mistake } else { no_word })
        }
    }
}

fn mistake(error: &minijinja::Error, text: &str, condition: bool) -> Mistake {
    let length = text.len();
    let at = error.range().unwrap_or(0..length);
    let at = at.start.min(length)..at.end.min(length);
    let message = error.detail().map_or_else(|| error.kind().to_string(), str::to_string);
    let rest = text.get(at.start..).unwrap_or_default();
    let help = if message.starts_with("unknown statement els") && !message.ends_with(" else") {
        Some("`elif` is the word")
    } else if message.starts_with("unknown statement e") {
        Some("nothing is open here that it would belong to")
    } else if message.starts_with("unknown statement") {
        Some("the statements are `if`, `for`, `set`, `with` and `filter`")
    } else if message.contains(", expected end of block") {
        let ended = message.contains("end of input");
        ended.then_some("every `{% if %}` and `{% for %}` needs its `{% endif %}` or `{% endfor %}`")
    } else if message.contains(", expected end of variable block") {
        Some("`{{` is closed by `}}`; a brace that is meant as text is written {{ \"{{\" }}")
    } else if rest.starts_with('=') && condition {
        Some("values are compared by `==`")
    } else if rest.starts_with('|') && message.starts_with("unexpected `|`") {
        Some("`or` is written in letters; a filter has a name behind its `|`")
    } else if message.contains("input after expression") {
        Some("parts of a condition are joined by `and` or `or`")
    } else {
        None
    };
    Mistake {
        message,
        at,
        help: help.map(str::to_string),
    }
}

/// Statements that need other templates than the one they stand in.
const OTHERS: &[&str] = &["block", "extends", "from", "import", "include"];

/// Filters and tests that there are not, which otherwise would show only on a row.
fn unknown_words(env: &minijinja::Environment<'_>, words: &[Word<'_>]) -> Result<(), Mistake> {
    let exists = |name: &str, kind: &str| {
        let question = format!("\"{name}\" is {kind}");
        let answer = env.compile_expression(&question).and_then(|asked| asked.eval(()));
        answer.is_ok_and(|answer| answer.is_true())
    };
    let mut before: Option<&str> = None;
    for (i, (token, at)) in words.iter().enumerate() {
        let kind = before.take();
        if let (Token::BlockStart, Some((Token::Ident(name), at))) = (token, words.get(i + 1))
            && OTHERS.contains(name)
        {
            return Err(Mistake {
                message: format!("`{name}` is about other templates, and a body has no others"),
                at: at.clone(),
                help: Some("write the text out where it stands".to_string()),
            });
        }
        match (token, kind) {
            (Token::Pipe, _) => before = Some("filter"),
            (Token::Ident("is"), None) => before = Some("test"),
            (Token::Ident("not"), Some("test")) => before = Some("test"),
            (Token::Ident(name), Some(kind)) if !exists(name, kind) => {
                return Err(Mistake {
                    message: format!("no {kind} is named `{name}`"),
                    at: at.clone(),
                    help: Some(known::instead_of(name, kind)),
                });
            }
            _ => {}
        }
    }
    Ok(())
}

/// The first identifier of each name that is not an attribute of something else.
fn locate(env: &minijinja::Environment<'_>, words: &[Word<'_>], names: BTreeSet<String>) -> Vec<Use> {
    let globals: BTreeSet<&str> = env.globals().map(|(name, _)| name).collect();
    let mut found: Vec<Use> = Vec::new();
    let mut after_dot = false;
    for (token, at) in words {
        if let Token::Ident(name) = token
            && !after_dot
            && names.contains(*name)
            && !found.iter().any(|u| u.name == *name)
        {
            found.push(Use {
                name: name.to_string(),
                at: at.clone(),
            });
        }
        after_dot = matches!(token, Token::Dot);
    }
    found.retain(|u| !globals.contains(u.name.as_str()));
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_places() {
        let names = names_in_body("é {{ a.b }} {% for x in xs %}{{ x }}{{ loop.index }}{% endfor %}").unwrap();
        let names: Vec<_> = names.iter().map(|u| (u.name.as_str(), u.at.start)).collect();
        assert_eq!(names, [("a", 6), ("xs", 25)]);
        assert_eq!(names_in_condition("label == entailment").unwrap().len(), 2);
    }

    /// minijinja takes the first of these for whole, and its words never end once one of them is none.
    #[test]
    fn nothing_is_lost_behind_what_is_no_word() {
        for (condition, at) in [
            ("\"a or \"#\" in b\"", 7),
            ("a # b", 2),
            ("a == \"open", 5),
            ("a\u{a0}== b", 1),
            ("a == '\\u12' or b", 5),
            ("a == 3_", 5),
            ("a == \"\\x\"", 5),
        ] {
            assert_eq!(names_in_condition(condition).unwrap_err().at.start, at, "{condition}");
        }
        for (body, at) in [
            ("{{ \"a\" # b }}", 7),
            ("{# a #} {# b", 8),
            ("{{ a }} {% raw %} b", 8),
            ("{{ a } # }}", 5),
        ] {
            assert_eq!(names_in_body(body).unwrap_err().at.start, at, "{body}");
        }
    }

    #[test]
    fn a_broken_body_has_a_place() {
        let mistake = names_in_body("a {{ b").unwrap_err();
        assert!(mistake.at.start >= 2, "{mistake:?}");
    }
}
