//! A number that only says which answer is right is a label: a `choice` with the words each template has for it.

use std::collections::{BTreeMap, BTreeSet};

use super::emit::{bare, slug};
use super::fields::CHOICES;
use super::tree::{Expr, Node, change_exprs, walk_exprs};
use super::uses::Use;

/// A label, with its names in the order of its numbers.
#[derive(Clone, Debug)]
pub struct Closed {
    pub path: String,
    pub labels: Vec<String>,
    /// -1 is compared with: it stands for rows without a label.
    pub unlabelled: bool,
}

/// What is known of one template: its fixed answers, and how it uses a value.
pub struct Seen<'a> {
    pub choices: Option<&'a [String]>,
    pub uses: &'a BTreeMap<String, BTreeSet<Use>>,
}

/// The label of a dataset, where its templates agree that there is one.
pub fn find(seen: &[Seen<'_>], taken: &[String]) -> Option<Closed> {
    let paths: BTreeSet<&String> = seen.iter().flat_map(|one| one.uses.keys()).collect();
    let mut found: Vec<Closed> = paths
        .into_iter()
        .filter_map(|path| of_path(path, seen, taken))
        .collect();
    // Of two labels nobody says which is the answer.
    if found.len() == 1 { found.pop() } else { None }
}

fn of_path(path: &str, seen: &[Seen<'_>], taken: &[String]) -> Option<Closed> {
    let mut counts: Vec<usize> = Vec::new();
    let mut first: Option<&[String]> = None;
    let (mut unlabelled, mut highest) = (false, 0);
    for one in seen {
        for used in one.uses.get(path).into_iter().flatten() {
            match used {
                Use::Index(0) => {
                    let choices = one.choices?;
                    counts.push(choices.len());
                    first = first.or(Some(choices));
                }
                Use::Index(count) => counts.push(*count),
                Use::Equals(number) if number == "-1" => unlabelled = true,
                Use::Equals(number) => highest = highest.max(number.parse::<usize>().ok()?),
                _ => return None,
            }
        }
    }
    let first = first?;
    let count = counts.iter().copied().max()?;
    if first.len() != count || highest >= count || !(2..=200).contains(&count) {
        return None;
    }
    if first.iter().any(|text| text.is_empty()) {
        return None;
    }
    let named: Vec<String> = first.iter().map(|text| slug(text)).collect();
    let distinct: BTreeSet<&String> = named.iter().collect();
    let usable = distinct.len() == count
        && named
            .iter()
            .all(|name| bare(name) && name.len() <= 40 && !taken.contains(name) && !WORDS.contains(&name.as_str()));
    let labels = if usable {
        named
    } else {
        (0..count).map(|at| format!("label_{at}")).collect()
    };
    Some(Closed {
        path: path.to_string(),
        labels,
        unlabelled,
    })
}

/// Words that a body reads as something else than a name.
const WORDS: &[&str] = &[
    "and",
    "answer",
    "choices",
    "dict",
    "else",
    "false",
    "for",
    "if",
    "in",
    "is",
    "loop",
    "namespace",
    "none",
    "not",
    "options",
    "or",
    "range",
    "self",
    "set",
    "true",
];

/// Puts the label in the places of its number. `says`: the template's answers are a set of verbalizers, so that `answer`
/// and `choices` speak with its words.
pub fn apply(nodes: &mut Vec<Node>, closed: &Closed, choices: Option<&[String]>, says: bool) {
    let change = &mut |expr: &mut Expr| {
        put(expr, closed, choices, says);
        Ok::<(), ()>(())
    };
    let _ = change_exprs(nodes, change);
    decide(nodes);
}

fn put(expr: &mut Expr, closed: &Closed, choices: Option<&[String]>, says: bool) {
    let field = Expr::Field(closed.path.clone());
    match expr {
        Expr::Item(of, at) if **of == Expr::name(CHOICES) && **at == field && says => {
            *expr = Expr::name("answer");
            return;
        }
        Expr::Item(of, at) if **of == Expr::name(CHOICES) => {
            if let (Expr::Number(number), Some(choices)) = (at.as_ref(), choices)
                && let Some(text) = number.parse().ok().and_then(|at: usize| choices.get(at))
            {
                *expr = Expr::Text(text.clone());
                return;
            }
            if **at == field
                && let Some(choices) = choices
            {
                *expr = by_label(closed, choices.iter().cloned().map(Expr::Text), field);
                return;
            }
        }
        Expr::Item(of, at) if **at == field => {
            if let Expr::List(items) = of.as_mut() {
                let items = std::mem::take(items);
                *expr = by_label(closed, items.into_iter(), field);
                for part in expr.parts_mut() {
                    put(part, closed, choices, says);
                }
                return;
            }
        }
        Expr::Compare(first, rest) if **first == field => {
            if let [(sign @ ("==" | "!="), other)] = rest.as_mut_slice() {
                match number_of(other) {
                    Some(-1) => *expr = Expr::Bool(*sign == "!="),
                    Some(at) => *other = label(closed, at),
                    None => {}
                }
                return;
            }
            if let [("in" | "not in", Expr::List(items) | Expr::Tuple(items))] = rest.as_mut_slice() {
                for item in items {
                    if let Some(at) = number_of(item) {
                        *item = label(closed, at);
                    }
                }
                return;
            }
        }
        Expr::Name(name) if name == CHOICES && says => {
            *name = "choices".to_string();
            return;
        }
        _ => {}
    }
    for part in expr.parts_mut() {
        put(part, closed, choices, says);
    }
}

fn number_of(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::Number(number) => number.parse().ok(),
        Expr::Unary("-", of) => number_of(of).map(|number| -number),
        _ => None,
    }
}

fn label(closed: &Closed, at: i64) -> Expr {
    let name = usize::try_from(at).ok().and_then(|at| closed.labels.get(at));
    Expr::Text(name.cloned().unwrap_or_default())
}

fn by_label(closed: &Closed, texts: impl Iterator<Item = Expr>, field: Expr) -> Expr {
    let pairs = closed.labels.iter().cloned().map(Expr::Text).zip(texts).collect();
    Expr::Item(Box::new(Expr::Dict(pairs)), Box::new(field))
}

/// Takes out the conditions that are decided now.
fn decide(nodes: &mut Vec<Node>) {
    let mut out = Vec::with_capacity(nodes.len());
    for node in nodes.drain(..) {
        match node {
            Node::If(arms) => {
                let mut kept: Vec<(Option<Expr>, Vec<Node>)> = Vec::new();
                for (when, mut body) in arms {
                    decide(&mut body);
                    match when.map(decided) {
                        Some(Expr::Bool(false)) => {}
                        Some(Expr::Bool(true)) | None => {
                            kept.push((None, body));
                            break;
                        }
                        Some(when) => kept.push((Some(when), body)),
                    }
                }
                match kept.as_mut_slice() {
                    [] => {}
                    [(None, body)] => out.append(body),
                    _ => out.push(Node::If(kept)),
                }
            }
            Node::For(mut of) => {
                decide(&mut of.body);
                decide(&mut of.other);
                out.push(Node::For(of));
            }
            Node::Capture(name, mut body) => {
                decide(&mut body);
                out.push(Node::Capture(name, body));
            }
            other => out.push(other),
        }
    }
    *nodes = out;
}

fn decided(expr: Expr) -> Expr {
    match expr {
        Expr::Binary(left, word @ ("and" | "or"), right) => {
            let (left, right) = (decided(*left), decided(*right));
            match (word, &left, &right) {
                ("and", Expr::Bool(true), _) | ("or", Expr::Bool(false), _) => right,
                ("and", _, Expr::Bool(true)) | ("or", _, Expr::Bool(false)) => left,
                ("and", Expr::Bool(false), _) | ("or", Expr::Bool(true), _) => left,
                _ => Expr::Binary(Box::new(left), word, Box::new(right)),
            }
        }
        Expr::Unary("not", of) => match decided(*of) {
            Expr::Bool(flag) => Expr::Bool(!flag),
            of => Expr::Unary("not", Box::new(of)),
        },
        other => other,
    }
}

/// Whether a template still reads its list of answers.
pub fn reads_choices(nodes: &[Node]) -> bool {
    let mut found = false;
    walk_exprs(nodes, &mut |expr| found |= *expr == Expr::name(CHOICES));
    found
}
