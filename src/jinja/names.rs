//! Which names a body or a condition reads, and where, before any row is there.

use std::collections::BTreeSet;
use std::ops::Range;

use minijinja::machinery::{Token, tokenize};

use super::engine;

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
    let template = env
        .template_from_str(body)
        .map_err(|error| mistake(&error, body.len()))?;
    unknown_words(&env, body, false)?;
    let names: BTreeSet<String> = template.undeclared_variables(false).into_iter().collect();
    Ok(locate(&env, body, false, names))
}

/// The names a condition reads.
pub fn names_in_condition(condition: &str) -> Result<Vec<Use>, Mistake> {
    let env = engine::environment();
    let expression = env
        .compile_expression(condition)
        .map_err(|error| mistake(&error, condition.len()))?;
    unknown_words(&env, condition, true)?;
    let names: BTreeSet<String> = expression.undeclared_variables(false).into_iter().collect();
    Ok(locate(&env, condition, true, names))
}

fn mistake(error: &minijinja::Error, length: usize) -> Mistake {
    let at = error.range().unwrap_or(0..length);
    let message = error.detail().map_or_else(|| error.kind().to_string(), str::to_string);
    let help = [
        (
            "unknown statement",
            "the statements are `if`, `for`, `set`, `with` and `filter`",
        ),
        (
            "expected end of block",
            "every `{% if %}` and `{% for %}` needs its `{% endif %}` or `{% endfor %}`",
        ),
        (
            "expected end of variable block",
            "`{{` is closed by `}}`; a brace that is meant as text is written {{ \"{{\" }}",
        ),
    ];
    let help = help
        .iter()
        .find(|(part, _)| message.contains(part))
        .map(|(_, help)| (*help).to_string());
    Mistake {
        message,
        at: at.start.min(length)..at.end.min(length),
        help,
    }
}

/// Filters and tests that there are not, which otherwise would show only on a row.
fn unknown_words(env: &minijinja::Environment<'_>, text: &str, condition: bool) -> Result<(), Mistake> {
    let exists = |name: &str, kind: &str| {
        let question = format!("\"{name}\" is {kind}");
        let answer = env.compile_expression(&question).and_then(|asked| asked.eval(()));
        answer.is_ok_and(|answer| answer.is_true())
    };
    let mut before: Option<&str> = None;
    for (token, span) in tokenize(text, condition, engine::syntax()).map_while(Result::ok) {
        let kind = before.take();
        match (&token, kind) {
            (Token::Pipe, _) => before = Some("filter"),
            (Token::Ident("is"), None) => before = Some("test"),
            (Token::Ident("not"), Some("test")) => before = Some("test"),
            (Token::Ident(name), Some(kind)) if !exists(name, kind) => {
                return Err(Mistake {
                    message: format!("no {kind} is named `{name}`"),
                    at: span.start_offset as usize..span.end_offset as usize,
                    help: None,
                });
            }
            _ => {}
        }
    }
    Ok(())
}

/// The first identifier of each name that is not an attribute of something else.
fn locate(env: &minijinja::Environment<'_>, text: &str, condition: bool, names: BTreeSet<String>) -> Vec<Use> {
    let globals: BTreeSet<&str> = env.globals().map(|(name, _)| name).collect();
    let mut found: Vec<Use> = Vec::new();
    let mut after_dot = false;
    for (token, span) in tokenize(text, condition, engine::syntax()).map_while(Result::ok) {
        if let Token::Ident(name) = token
            && !after_dot
            && names.contains(name)
            && !found.iter().any(|u| u.name == name)
        {
            found.push(Use {
                name: name.to_string(),
                at: span.start_offset as usize..span.end_offset as usize,
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

    /// The words of minijinja never end once one of them is none.
    #[test]
    fn what_is_no_word_ends_the_search() {
        let ended: Vec<bool> = ["\"#nt or \"#\" in summary", "a # b", "\"open"]
            .into_iter()
            .map(|condition| names_in_condition(condition).is_ok())
            .collect();
        assert_eq!(ended.len(), 3);
    }

    #[test]
    fn a_broken_body_has_a_place() {
        let mistake = names_in_body("a {{ b").unwrap_err();
        assert!(mistake.at.start >= 2, "{mistake:?}");
    }
}
