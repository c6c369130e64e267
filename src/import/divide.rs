//! One text with `|||` in it becomes two: what is printed before it, and what is printed after it.
//!
//! promptsource renders a template whole, cuts at `|||` and takes white space off both ends of each part. Here the tree is
//! cut instead: each part keeps the conditions it stands under and the variables it reads.

use std::collections::BTreeSet;

use super::tree::{Expr, Node, walk_nodes};

/// The parts of a template.
pub struct Parts {
    pub input: Vec<Node>,
    pub target: Vec<Node>,
    /// Rows that have a reply at all, where not all do.
    pub when: Option<Expr>,
}

/// Cuts a template in two. An error says why it cannot be.
pub fn divide(nodes: Vec<Node>) -> Result<Parts, String> {
    let mut cut = cut(nodes)?;
    let outer: BTreeSet<String> = set_in(&cut.before);
    let local = |expr: &Expr| {
        let mut found = false;
        expr.walk(&mut |part| found |= matches!(part, Expr::Name(name) if outer.contains(name) || name == "loop"));
        found
    };
    let mut target = stripped(&cut.before);
    target.append(&mut cut.after);
    let mut when = cut.when;
    // A guard sees fields alone; where a variable decides, the target of the other rows stays empty.
    if let Some(guard) = when.take_if(|guard| local(guard)) {
        let sets = target.iter().take_while(|node| !prints(node)).count();
        let rest = target.split_off(sets);
        target.push(Node::If(vec![(Some(guard), rest)]));
    }
    let (mut input, mut target) = (used(cut.before), used(target));
    trim(&mut input);
    trim(&mut target);
    Ok(Parts { input, target, when })
}

struct Cut {
    before: Vec<Node>,
    after: Vec<Node>,
    when: Option<Expr>,
}

fn divides(nodes: &[Node]) -> bool {
    let mut found = false;
    walk_nodes(nodes, &mut |node| found |= matches!(node, Node::Divide));
    found
}

fn cut(mut nodes: Vec<Node>) -> Result<Cut, String> {
    let places: Vec<usize> = (0..nodes.len())
        .filter(|at| divides(std::slice::from_ref(&nodes[*at])))
        .collect();
    let at = match places.as_slice() {
        [] => return Err("no `|||` divides its prompt from its reply".to_string()),
        [at] => *at,
        _ => return Err("more than one `|||` is printed".to_string()),
    };
    let mut tail = nodes.split_off(at + 1);
    match nodes.pop() {
        Some(Node::Divide) => Ok(Cut {
            before: nodes,
            after: tail,
            when: None,
        }),
        Some(Node::If(arms)) => {
            let inner = arms_cut(arms)?;
            nodes.extend(inner.before);
            let mut after = inner.after;
            after.append(&mut tail);
            Ok(Cut {
                before: nodes,
                after,
                when: inner.when,
            })
        }
        _ => Err("`|||` stands inside a loop".to_string()),
    }
}

/// Cuts under conditions: each arm keeps its condition on both sides.
fn arms_cut(arms: Vec<(Option<Expr>, Vec<Node>)>) -> Result<Cut, String> {
    let whole = arms.last().is_some_and(|(when, _)| when.is_none());
    let missing = !whole || arms.iter().any(|(_, body)| !divides(body));
    let mut before: Vec<(Option<Expr>, Vec<Node>)> = Vec::new();
    let mut after = Vec::new();
    let mut reached: Vec<Expr> = Vec::new();
    let mut not_yet: Vec<Expr> = Vec::new();
    for (when, body) in arms {
        let negated = when.clone().map(|when| Expr::Unary("not", Box::new(when)));
        if divides(&body) {
            let inner = cut(body)?;
            let conditions = not_yet.iter().cloned().chain(when.clone()).chain(inner.when);
            if let Some(all) = conditions.reduce(|a, b| Expr::Binary(Box::new(a), "and", Box::new(b))) {
                reached.push(all);
            }
            before.push((when.clone(), inner.before));
            after.push((when, inner.after));
        } else {
            before.push((when.clone(), Vec::new()));
            after.push((when, Vec::new()));
        }
        not_yet.extend(negated);
    }
    let inner_guard = reached.len() == before.len() && !missing;
    let when = reached
        .into_iter()
        .reduce(|a, b| Expr::Binary(Box::new(a), "or", Box::new(b)))
        .filter(|_| missing && !inner_guard);
    // Under the guard, a lone condition always holds.
    if let ([(Some(_), _)], Some(_)) = (before.as_slice(), &when) {
        let one = |mut arms: Vec<(Option<Expr>, Vec<Node>)>| arms.pop().map(|(_, body)| body).unwrap_or_default();
        return Ok(Cut {
            before: one(before),
            after: one(after),
            when,
        });
    }
    Ok(Cut {
        before: vec![Node::If(before)],
        after: vec![Node::If(after)],
        when,
    })
}

/// Whether a node prints anything.
fn prints(node: &Node) -> bool {
    let mut found = false;
    walk_nodes(std::slice::from_ref(node), &mut |node| {
        found |= matches!(node, Node::Text(_) | Node::Print(_));
    });
    found && !matches!(node, Node::Capture(..))
}

/// The names that are set somewhere in these nodes.
fn set_in(nodes: &[Node]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    walk_nodes(nodes, &mut |node| match node {
        Node::Set(targets, _) => {
            for target in targets {
                target.walk(&mut |part| {
                    if let Expr::Name(name) = part {
                        found.insert(name.clone());
                    }
                });
            }
        }
        Node::Capture(name, _) => {
            found.insert(name.clone());
        }
        _ => {}
    });
    found
}

/// The statements alone, with nothing printed.
fn stripped(nodes: &[Node]) -> Vec<Node> {
    let keep = |node: &Node| match node {
        Node::Text(_) | Node::Divide | Node::Print(_) => None,
        Node::Set(..) | Node::Capture(..) | Node::Trim(_) => Some(node.clone()),
        Node::If(arms) => {
            let arms: Vec<_> = arms.iter().map(|(when, body)| (when.clone(), stripped(body))).collect();
            arms.iter().any(|(_, body)| !body.is_empty()).then_some(Node::If(arms))
        }
        Node::For(of) => {
            let mut of = of.clone();
            of.body = stripped(&of.body);
            of.other = stripped(&of.other);
            (!of.body.is_empty() || !of.other.is_empty()).then_some(Node::For(of))
        }
    };
    nodes.iter().filter_map(keep).collect()
}

/// Without the statements that set what nothing printed reads.
fn used(nodes: Vec<Node>) -> Vec<Node> {
    let mut needed = BTreeSet::new();
    loop {
        let before = needed.len();
        need(&nodes, &mut needed);
        if needed.len() == before {
            return keep(nodes, &needed);
        }
    }
}

/// Adds the names that these nodes read to have what is needed; returns whether any of them counts.
fn need(nodes: &[Node], needed: &mut BTreeSet<String>) -> bool {
    let mut counts = false;
    let read = |expr: &Expr, needed: &mut BTreeSet<String>| {
        expr.walk(&mut |part| {
            if let Expr::Name(name) = part {
                needed.insert(name.clone());
            }
        });
    };
    for node in nodes {
        let own = match node {
            Node::Text(_) | Node::Divide | Node::Print(_) | Node::Trim(_) => true,
            Node::Set(targets, _) => targets.iter().any(|target| sets_needed(target, needed)),
            Node::Capture(name, body) => {
                let wanted = needed.contains(name);
                if wanted {
                    need(body, needed);
                }
                wanted
            }
            Node::If(_) | Node::For(_) => {
                let mut inner = false;
                for below in node.below() {
                    inner |= need(below, needed);
                }
                inner
            }
        };
        if own {
            for expr in node.exprs() {
                read(expr, needed);
            }
        }
        counts |= own;
    }
    counts
}

fn sets_needed(target: &Expr, needed: &BTreeSet<String>) -> bool {
    let mut found = false;
    target.walk(&mut |part| found |= matches!(part, Expr::Name(name) if needed.contains(name)));
    found
}

fn keep(nodes: Vec<Node>, needed: &BTreeSet<String>) -> Vec<Node> {
    let kept = |node: Node| match node {
        Node::Set(targets, value) => targets
            .iter()
            .any(|target| sets_needed(target, needed))
            .then_some(Node::Set(targets, value)),
        Node::Capture(name, body) => needed.contains(&name).then_some(Node::Capture(name, body)),
        Node::If(arms) => {
            let arms: Vec<_> = arms
                .into_iter()
                .map(|(when, body)| (when, keep(body, needed)))
                .collect();
            arms.iter().any(|(_, body)| !body.is_empty()).then_some(Node::If(arms))
        }
        Node::For(mut of) => {
            of.body = keep(of.body, needed);
            of.other = keep(of.other, needed);
            (!of.body.is_empty() || !of.other.is_empty()).then_some(Node::For(of))
        }
        other => Some(other),
    };
    nodes.into_iter().filter_map(kept).collect()
}

/// Takes off the white space at the ends of what is printed.
pub fn trim(nodes: &mut Vec<Node>) {
    let (start, end) = (edge(nodes, true), edge(nodes, false));
    if start && end {
        return;
    }
    // What stands at an end depends on the row.
    let inner = std::mem::take(nodes);
    let (sets, rest): (Vec<Node>, Vec<Node>) = match inner.iter().position(prints) {
        Some(first) => {
            let mut sets = inner;
            let rest = sets.split_off(first);
            (sets, rest)
        }
        None => (inner, Vec::new()),
    };
    nodes.extend(sets);
    match <[Node; 1]>::try_from(rest) {
        Ok([Node::Print(expr)]) => nodes.push(Node::Print(expr.filter("trim", []))),
        Ok([node]) => nodes.push(Node::Trim(vec![node])),
        Err(rest) => nodes.push(Node::Trim(rest)),
    }
}

/// Trims one end as far as the tree decides it; `false` where it does not.
fn edge(nodes: &mut Vec<Node>, start: bool) -> bool {
    let mut at = 0;
    loop {
        let count = nodes.len();
        if at >= count {
            return true;
        }
        let place = if start { at } else { count - 1 - at };
        match &mut nodes[place] {
            Node::Text(text) => {
                *text = if start { text.trim_start() } else { text.trim_end() }.to_string();
                if !text.is_empty() {
                    return true;
                }
                nodes.remove(place);
            }
            Node::Set(..) | Node::Capture(..) | Node::Divide => at += 1,
            Node::Print(expr) => return whole(expr),
            Node::If(arms) => {
                let mut all = arms.last().is_some_and(|(when, _)| when.is_none());
                let mut any = false;
                for (_, body) in arms.iter_mut() {
                    if !edge(body, start) {
                        return false;
                    }
                    let printed = body.iter().any(prints);
                    all &= printed;
                    any |= printed;
                }
                if all {
                    return true;
                }
                if any {
                    // Where no arm prints, what comes next is the end of all.
                    let (before, after) = nodes.split_at(place);
                    return if start {
                        clean(&after[1..], true)
                    } else {
                        clean(before, false)
                    };
                }
                at += 1;
            }
            Node::For(of) => {
                // White space that a loop prints at an end is taken off all the same.
                if blank(&of.body) && blank(&of.other) {
                    of.body = stripped(&of.body);
                    of.other = stripped(&of.other);
                    at += 1;
                    continue;
                }
                let clean = of.only.is_none() && of.other.is_empty() && clean(&of.body, start);
                let (before, after) = nodes.split_at(place);
                // A list may be empty: what stands beyond is the end then.
                return clean
                    && if start {
                        self::clean(&after[1..], true)
                    } else {
                        self::clean(before, false)
                    };
            }
            Node::Trim(_) => return false,
        }
    }
}

/// Whether nothing is printed but white space.
fn blank(nodes: &[Node]) -> bool {
    let mut found = false;
    walk_nodes(nodes, &mut |node| match node {
        Node::Text(text) => found |= !text.trim().is_empty(),
        Node::Print(_) => found = true,
        _ => {}
    });
    !found
}

/// Whether what is printed at one end has no white space there.
fn clean(nodes: &[Node], start: bool) -> bool {
    let mut printing = nodes.iter().filter(|node| prints(node));
    match if start { printing.next() } else { printing.next_back() } {
        None => true,
        Some(Node::Text(text)) => {
            let cut = if start { text.trim_start() } else { text.trim_end() };
            cut.len() == text.len()
        }
        Some(Node::Print(expr)) => whole(expr),
        Some(_) => false,
    }
}

/// Whether what an expression prints is a value as the row has it, or one that was written out: nothing that is computed
/// and may have white space at its ends, or be empty.
pub fn whole(expr: &Expr) -> bool {
    match expr {
        Expr::Field(_) | Expr::Number(_) | Expr::Bool(_) | Expr::None => true,
        // What a variable holds may have been computed.
        Expr::Name(name) => name == "answer",
        Expr::Text(text) => text.trim().len() == text.len(),
        Expr::Item(of, _) => match of.as_ref() {
            Expr::List(items) => items.iter().all(whole),
            Expr::Dict(pairs) => pairs.iter().all(|(_, value)| whole(value)),
            of => matches!(of, Expr::Field(_) | Expr::Name(_)),
        },
        Expr::Filter(of, name, args) => match name.as_str() {
            "trim" => args.plain.is_empty(),
            "int" | "float" | "round" | "length" | "abs" | "index" => true,
            "choice" | "first" | "last" => match of.as_ref() {
                Expr::List(items) => items.iter().all(whole),
                of => matches!(of, Expr::Field(_)),
            },
            "lower" | "upper" | "capitalize" | "title" | "string" => whole(of),
            _ => false,
        },
        Expr::Choose(then, _, Some(other)) => whole(then) && whole(other),
        Expr::Binary(_, sign, _) => ["-", "*", "/", "//"].contains(sign),
        _ => false,
    }
}
