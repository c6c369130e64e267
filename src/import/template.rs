//! One template of Jinja on its way: read, its fields known, then said in flanc's words.

use super::closed::{self, Closed};
use super::divide::{self, Parts};
use super::fields::{self, CHOICES};
use super::parser;
use super::statements;
use super::tree::{Args, Expr, Node, change_exprs, walk_exprs};
use super::uses::{self, Kind, Uses};

/// The answers that a template offers.
#[derive(Clone, Debug)]
pub enum Choices {
    None,
    /// The same for all rows.
    Fixed(Vec<String>),
    /// An expression of the row that is a list.
    Listed(Expr),
    /// Anything else, as what prints them with `|||` between.
    Printed(Vec<Node>),
}

/// A template that was read.
#[derive(Clone, Debug)]
pub struct Draft {
    pub nodes: Vec<Node>,
    pub choices: Choices,
    pub uses: Uses,
}

impl Draft {
    /// Reads a template and the expression of its answers.
    pub fn read(jinja: &str, answers: Option<&str>) -> Result<Self, String> {
        let nodes = tree(jinja)?;
        let choices = match answers {
            None => Choices::None,
            Some(text) => choices(text).map_err(|reason| format!("its answer choices: {reason}"))?,
        };
        if closed::reads_choices(&nodes) && matches!(choices, Choices::None) {
            return Err("it reads `answer_choices` and has none".to_string());
        }
        let mut used = Uses::new();
        uses::of(&nodes, &mut used);
        match &choices {
            Choices::Listed(list) => match list {
                Expr::List(items) => items.iter().for_each(|item| uses::of_expr(item, &mut used)),
                list => uses::of_expr(&list.clone().filter("join", []), &mut used),
            },
            Choices::Printed(nodes) => uses::of(nodes, &mut used),
            _ => {}
        }
        Ok(Self {
            nodes,
            choices,
            uses: used,
        })
    }

    pub fn fixed(&self) -> Option<&[String]> {
        match &self.choices {
            Choices::Fixed(texts) => Some(texts),
            _ => None,
        }
    }

    /// The two turns, with the list of answers in place, and numbers in lists as numbers.
    ///
    /// `says`: the answers are a verbalizer set of the label.
    pub fn parts(&self, label: Option<&Closed>, says: bool, kind: &dyn Fn(&str) -> Kind) -> Result<Parts, String> {
        let mut nodes = self.nodes.clone();
        if let Some(label) = label {
            closed::apply(&mut nodes, label, self.fixed(), says);
        }
        if closed::reads_choices(&nodes) {
            self.put_choices(&mut nodes);
        }
        let change = &mut |expr: &mut Expr| {
            numbers(expr, kind);
            Ok::<(), String>(())
        };
        change_exprs(&mut nodes, change)?;
        divide::divide(nodes)
    }

    fn put_choices(&self, nodes: &mut Vec<Node>) {
        let list = match &self.choices {
            Choices::None => return,
            Choices::Fixed(texts) => Expr::List(texts.iter().cloned().map(Expr::Text).collect()),
            Choices::Listed(list) => list.clone(),
            Choices::Printed(printed) => {
                let text = format!("{CHOICES}_text");
                let printed = printed.iter().map(|node| match node {
                    Node::Divide => Node::Text("|||".to_string()),
                    other => other.clone(),
                });
                let list = Expr::name(&text)
                    .filter("split", [Expr::Text("|||".to_string())])
                    .filter("map", [Expr::Text("trim".to_string())])
                    .filter("list", []);
                let set = Node::Set(vec![Expr::name(CHOICES)], list);
                nodes.splice(0..0, [Node::Capture(text, dividers(printed.collect())), set]);
                return;
            }
        };
        let mut count = 0;
        walk_exprs(nodes, &mut |expr| count += usize::from(*expr == Expr::name(CHOICES)));
        if count > 1 && !matches!(list, Expr::Field(_)) {
            nodes.insert(0, Node::Set(vec![Expr::name(CHOICES)], list));
            return;
        }
        let put = &mut |expr: &mut Expr| {
            inline(expr, &list);
            Ok::<(), ()>(())
        };
        let _ = change_exprs(nodes, put);
    }
}

/// `|||` as text, however deep.
fn dividers(mut nodes: Vec<Node>) -> Vec<Node> {
    for node in &mut nodes {
        match node {
            Node::Divide => *node = Node::Text("|||".to_string()),
            Node::If(arms) => arms
                .iter_mut()
                .for_each(|(_, body)| *body = dividers(std::mem::take(body))),
            Node::For(of) => {
                of.body = dividers(std::mem::take(&mut of.body));
                of.other = dividers(std::mem::take(&mut of.other));
            }
            Node::Capture(_, body) => *body = dividers(std::mem::take(body)),
            _ => {}
        }
    }
    nodes
}

fn inline(expr: &mut Expr, list: &Expr) {
    if *expr == Expr::name(CHOICES) {
        *expr = list.clone();
        return;
    }
    for part in expr.parts_mut() {
        inline(part, list);
    }
}

/// Reads Jinja, in flanc's dialect and with its fields known.
fn tree(jinja: &str) -> Result<Vec<Node>, String> {
    let mut nodes = parser::parse(jinja).map_err(|fault| {
        let line = jinja[..fault.at.min(jinja.len())].matches('\n').count() + 1;
        format!("line {line} of it: {}", fault.reason)
    })?;
    statements::rewrite(&mut nodes)?;
    fields::resolve(&mut nodes)?;
    Ok(nodes)
}

/// The answers, as simple as they can be said.
fn choices(text: &str) -> Result<Choices, String> {
    let nodes = tree(text)?;
    let simple = nodes
        .iter()
        .all(|node| matches!(node, Node::Text(_) | Node::Divide | Node::Print(_)));
    if !simple {
        return Ok(Choices::Printed(nodes));
    }
    let parts: Vec<Vec<Node>> = nodes
        .split(|node| matches!(node, Node::Divide))
        .map(|part| {
            let mut part = part.to_vec();
            divide::trim(&mut part);
            part
        })
        .collect();
    if let [one] = parts.as_slice()
        && let [Node::Print(Expr::Filter(of, name, args))] = one.as_slice()
        && name == "join"
        && matches!(args, Args { plain, .. } if matches!(plain.as_slice(), [Expr::Text(text)] if text.trim() == "|||"))
    {
        return Ok(Choices::Listed(of.as_ref().clone()));
    }
    let joins = |nodes: &[Node]| {
        let mut found = false;
        walk_exprs(nodes, &mut |expr| {
            found |= matches!(expr, Expr::Text(text) if text.contains("|||"))
        });
        found
    };
    if joins(&nodes) {
        return Ok(Choices::Printed(nodes));
    }
    let items: Vec<Expr> = parts
        .into_iter()
        .map(concatenated)
        .map(|item| {
            if divide::whole(&item) {
                item
            } else {
                item.filter("trim", [])
            }
        })
        .collect();
    let fixed: Option<Vec<String>> = items
        .iter()
        .map(|item| match item {
            Expr::Text(text) => Some(text.clone()),
            _ => None,
        })
        .collect();
    Ok(match fixed {
        Some(texts) => Choices::Fixed(texts),
        None => Choices::Listed(Expr::List(items)),
    })
}

/// Texts and prints as one expression.
fn concatenated(nodes: Vec<Node>) -> Expr {
    let exprs = nodes.into_iter().filter_map(|node| match node {
        Node::Text(text) => Some(Expr::Text(text)),
        Node::Print(expr) => Some(expr),
        _ => None,
    });
    exprs
        .reduce(|left, right| Expr::Binary(Box::new(left), "~", Box::new(right)))
        .unwrap_or_else(|| Expr::Text(String::new()))
}

/// The items of a list are texts to flanc: where they are used as numbers, they are made some.
fn numbers(expr: &mut Expr, kind: &dyn Fn(&str) -> Kind) {
    match expr {
        Expr::Field(path) if kind(path) == Kind::Numbers => {
            *expr = expr.clone().filter("map", [Expr::Text("int".to_string())]);
            return;
        }
        Expr::Item(of, at) => {
            numbers(at, kind);
            if let Expr::Field(path) = of.as_ref()
                && kind(path) == Kind::Numbers
            {
                *expr = expr.clone().filter("int", []);
                return;
            }
            numbers(of, kind);
            return;
        }
        Expr::Filter(of, name, _) if name == "join" && matches!(of.as_ref(), Expr::Field(_)) => return,
        Expr::Filter(of, name, _) if name == "int" && matches!(of.as_ref(), Expr::Item(..)) => {
            if let Expr::Item(_, at) = of.as_mut() {
                numbers(at, kind);
            }
            return;
        }
        _ => {}
    }
    for part in expr.parts_mut() {
        numbers(part, kind);
    }
}
