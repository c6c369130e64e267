//! Which way a body goes at each of its decisions, for who asks whether a sample of rows has been everywhere.
//!
//! Every condition of a body is wrapped in a call that writes down whether it held and hands it on, and minijinja renders the
//! row. So it is minijinja that says which branch a row takes; the text of the body around the conditions stays as it
//! is. Decisions are the conditions of `if` and `elif`, of `.. if .. else ..`, and whether a loop that has an `else` has
//! anything to loop over.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::machinery::{Token, tokenize};
use minijinja::{Environment, Value};

use super::bodies::value;
use super::engine::{self, Row};
use super::value::Scope;

/// The function that conditions are wrapped in. No template can name it, since the catalog knows no such name.
const DECIDED: &str = "__decided";

/// What was decided: which decision, and whether its condition held.
pub type Taken = BTreeSet<(usize, bool)>;

/// Bodies whose decisions are watched.
pub struct Branches {
    env: Environment<'static>,
    names: Arc<[String]>,
    taken: Arc<Mutex<Taken>>,
    bodies: usize,
}

impl Branches {
    /// For bodies that may read these names.
    pub fn new(names: Vec<String>) -> Self {
        let taken: Arc<Mutex<Taken>> = Arc::default();
        let mut env = engine::environment();
        let written = Arc::clone(&taken);
        env.add_function(DECIDED, move |decision: usize, held: Value| {
            let mut taken = written.lock().unwrap_or_else(PoisonError::into_inner);
            taken.insert((decision, held.is_true()));
            held
        });
        Self {
            env,
            names: names.into(),
            taken,
            bodies: 0,
        }
    }

    /// Compiles a body and returns its number and the places of its conditions; `None` where it cannot be watched.
    pub fn add(&mut self, body: &str) -> Option<(usize, Vec<Range<usize>>)> {
        let places = decisions(body)?;
        let watched = watched(body, &places)?;
        self.env.add_template_owned(self.bodies.to_string(), watched).ok()?;
        self.bodies += 1;
        Some((self.bodies - 1, places))
    }

    /// The ways a body goes for a row; as far as it comes, where it fails.
    pub fn taken<'s, S: Scope<'s>>(&self, body: usize, scope: &S) -> Taken {
        let values = (0..self.names.len()).map(|name| value(scope.value(name)));
        let row = Row::new(self.names.clone(), values.collect());
        // Rows are watched one at a time.
        self.lock().clear();
        if let Ok(template) = self.env.get_template(&body.to_string()) {
            let _ = template.render(row.value());
        }
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A body with its conditions wrapped.
fn watched(body: &str, places: &[Range<usize>]) -> Option<String> {
    // Of two that begin at one place, the longer is the outer one.
    let mut opens: Vec<(usize, usize, usize)> =
        places.iter().enumerate().map(|(n, at)| (at.start, at.end, n)).collect();
    opens.sort_by_key(|(start, end, _)| (*start, std::cmp::Reverse(*end)));
    let mut ends: Vec<usize> = places.iter().map(|at| at.end).collect();
    ends.sort_unstable();
    let mut out = String::with_capacity(body.len() + 24 * places.len());
    let (mut from, mut ends) = (0, ends.into_iter().peekable());
    let mut close = |out: &mut String, from: &mut usize, up_to: usize| -> Option<()> {
        while let Some(end) = ends.next_if(|end| *end <= up_to) {
            out.push_str(body.get(*from..end)?);
            out.push_str("))");
            *from = end;
        }
        Some(())
    };
    for (start, _, decision) in opens {
        close(&mut out, &mut from, start)?;
        out.push_str(body.get(from..start)?);
        out.push_str(&format!("{DECIDED}({decision}, ("));
        from = start;
    }
    close(&mut out, &mut from, body.len())?;
    out.push_str(body.get(from..)?);
    Some(out)
}

/// One word of a body and its bytes.
type Word<'b> = (Token<'b>, Range<usize>);

/// The places of all conditions, in the order of the text. They are read off its words, since the places in minijinja's
/// tree begin a word too early where something is compared.
fn decisions(body: &str) -> Option<Vec<Range<usize>>> {
    let mut found = Vec::new();
    // The statements that are open: what a loop goes over, nothing of an `if`.
    let mut open: Vec<Option<Range<usize>>> = Vec::new();
    let mut words: Vec<Word<'_>> = Vec::new();
    for token in tokenize(body, false, engine::syntax()) {
        let (token, span) = token.ok()?;
        match token {
            Token::TemplateData(_) => {}
            Token::VariableStart | Token::BlockStart => words.clear(),
            Token::VariableEnd => inline(&words, &mut found),
            Token::BlockEnd => tag(&words, &mut open, &mut found),
            token => words.push((token, span.start_offset as usize..span.end_offset as usize)),
        }
    }
    found.sort_by_key(|at| (at.start, std::cmp::Reverse(at.end)));
    Some(found)
}

fn tag(words: &[Word<'_>], open: &mut Vec<Option<Range<usize>>>, found: &mut Vec<Range<usize>>) {
    let Some((Token::Ident(name), _)) = words.first() else {
        return;
    };
    let rest = &words[1..];
    match *name {
        "if" | "elif" => {
            found.extend(whole(rest));
            inline(rest, found);
            if *name == "if" {
                open.push(None);
            }
        }
        "for" => {
            let over = end(rest, &["in"]) + 1;
            let rest = rest.get(over..).unwrap_or_default();
            let over = end(rest, &["if", "recursive"]);
            inline(&rest[..over], found);
            // What a loop keeps is no branch of it.
            inline(rest.get(over + 1..).unwrap_or_default(), found);
            open.push(whole(&rest[..over]));
        }
        "else" => found.extend(open.last().cloned().flatten()),
        "endif" | "endfor" => {
            open.pop();
        }
        _ => inline(rest, found),
    }
}

/// The conditions of every `.. if .. else ..` among some words.
fn inline(words: &[Word<'_>], found: &mut Vec<Range<usize>>) {
    for at in 0..words.len() {
        if is(words, at, &["if"]) {
            let rest = &words[at + 1..];
            found.extend(whole(&rest[..end(rest, &["if", "else"])]));
        }
    }
}

/// How many words come before one of some names, or before what ends an expression; brackets are passed over.
fn end(words: &[Word<'_>], names: &[&str]) -> usize {
    let mut depth = 0usize;
    for (at, (word, _)) in words.iter().enumerate() {
        match word {
            Token::ParenOpen | Token::BracketOpen | Token::BraceOpen => depth += 1,
            Token::ParenClose | Token::BracketClose | Token::BraceClose if depth == 0 => return at,
            Token::ParenClose | Token::BracketClose | Token::BraceClose => depth -= 1,
            // The names that a loop gives to items stand between commas.
            Token::Comma | Token::Colon | Token::Assign if depth == 0 && names != ["in"] => return at,
            _ if depth == 0 && is(words, at, names) => return at,
            _ => {}
        }
    }
    words.len()
}

/// Whether a word is one of some names, and no attribute.
fn is(words: &[Word<'_>], at: usize, names: &[&str]) -> bool {
    let attribute = at > 0 && matches!(words[at - 1].0, Token::Dot);
    matches!(words[at].0, Token::Ident(name) if !attribute && names.contains(&name))
}

/// The bytes of some words.
fn whole(words: &[Word<'_>]) -> Option<Range<usize>> {
    Some(words.first()?.1.start..words.last()?.1.end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jinja::Seen;

    struct Texts(&'static [&'static str]);

    impl<'s> Scope<'s> for Texts {
        type List = std::vec::IntoIter<&'s str>;

        fn value(&self, name: usize) -> Seen<'s, Self::List> {
            let text: &'static str = self.0[name];
            match text {
                "[]" => Seen::List(Vec::new().into_iter()),
                text => Seen::Text(text),
            }
        }
    }

    fn taken(body: &str, values: &'static [&'static str]) -> (Vec<String>, Vec<(usize, bool)>) {
        let names = ["a", "b", "xs"].map(str::to_string).to_vec();
        let mut branches = Branches::new(names);
        let (number, places) = branches.add(body).expect("a body");
        let conditions = places.into_iter().map(|at| body[at].to_string()).collect();
        (conditions, branches.taken(number, &Texts(values)).into_iter().collect())
    }

    #[test]
    fn decisions_are_found_wherever_they_stand() {
        let body = "{%- if a == 'x' and (b or a) -%} é {% elif not b %}{{ a if b else (b if a else '') }}{% else %}{% endif %}";
        let (conditions, went) = taken(body, &["x", "y", "[]"]);
        assert_eq!(conditions, ["a == 'x' and (b or a)", "not b", "b", "a"]);
        assert_eq!(went, [(0, true)]);
        assert_eq!(
            taken(body, &["z", "", "[]"]).1,
            [(0, false), (1, true), (2, false), (3, true)]
        );
    }

    #[test]
    fn a_loop_with_an_else_is_a_decision_and_what_it_repeats_may_go_both_ways() {
        let body = "{% for x in xs %}{{ x }}{% else %}none{% endfor %}{% for x in [1, 2] %}{% if not loop.last %}, {% endif %}{% endfor %}";
        let (conditions, went) = taken(body, &["", "", "[]"]);
        assert_eq!(conditions, ["xs", "not loop.last"]);
        let body = "{% for x in xs if x is not none %}{{ [x, a if b == 'if' and (b if a else b), b.if] | join(', ' if a else '') }}{% endfor %}";
        assert_eq!(
            taken(body, &["", "", "[]"]).0,
            ["b == 'if' and (b if a else b)", "a", "a"]
        );
        assert_eq!(went, [(0, false), (1, false), (1, true)]);
    }
}
