//! What Jinja2 takes from Python and flanc's bodies do not have: methods become filters, and values that are changed in
//! place become namespaces.

use super::tree::{Args, Expr, Node, change_exprs, walk_nodes};

/// Methods of texts and lists, and the filters that do the same.
const METHODS: &[(&str, &str)] = &[
    ("capitalize", "capitalize"),
    ("index", "index"),
    ("items", "items"),
    ("keys", "list"),
    ("lower", "lower"),
    ("replace", "replace"),
    ("split", "split"),
    ("strip", "trim"),
    ("title", "title"),
    ("upper", "upper"),
];

/// Filters of promptsource and Jinja2 by the names that flanc's bodies have for them.
const FILTERS: &[(&str, &str)] = &[("random", "choice"), ("count", "length"), ("d", "default")];

/// Rewrites a template. An error is what flanc's bodies cannot say.
pub fn rewrite(nodes: &mut Vec<Node>) -> Result<(), String> {
    changes(nodes)?;
    change_exprs(nodes, &mut |expr| methods(expr))?;
    let changed = changed(nodes);
    for (name, attrs) in &changed {
        let mut made = 0;
        namespaces(nodes, name, attrs.is_none(), &mut made)?;
        if made == 0 {
            return Err(format!(
                "`{name}` is changed in place, and it is no list that the template made"
            ));
        }
    }
    let lists: Vec<&String> = changed
        .iter()
        .filter(|(_, attrs)| attrs.is_none())
        .map(|(n, _)| n)
        .collect();
    change_exprs(nodes, &mut |expr| {
        through(expr, &lists);
        Ok::<(), String>(())
    })?;
    bare(nodes);
    Ok(())
}

/// The `set` that makes a namespace has the bare name on its left.
fn bare(nodes: &mut [Node]) {
    for node in nodes {
        match node {
            Node::Set(targets, Expr::Call(of, _)) if **of == Expr::name("namespace") => {
                for target in targets {
                    if let Expr::Attr(of, _) = target {
                        *target = of.as_ref().clone();
                    }
                }
            }
            Node::If(arms) => arms.iter_mut().for_each(|(_, body)| bare(body)),
            Node::For(of) => {
                bare(&mut of.body);
                bare(&mut of.other);
            }
            Node::Capture(_, body) => bare(body),
            _ => {}
        }
    }
}

/// `x.lower()` to `x | lower`, and so on.
fn methods(expr: &mut Expr) -> Result<(), String> {
    for part in expr.parts_mut() {
        methods(part)?;
    }
    match expr {
        Expr::Filter(_, name, _) => {
            if let Some((_, other)) = FILTERS.iter().find(|(from, _)| from == name) {
                *name = (*other).to_string();
            }
        }
        Expr::Call(of, args) => match of.as_ref() {
            Expr::Attr(of, method) => *expr = method_call(of, method, args)?,
            Expr::Name(name) if name == "zip" && !args.plain.is_empty() => {
                let mut lists = std::mem::take(&mut args.plain).into_iter();
                let first = lists.next().unwrap_or(Expr::None);
                *expr = first.filter("zip", lists);
            }
            Expr::Name(name) if ["range", "namespace", "dict"].contains(&name.as_str()) => {}
            _ => return Err("it calls what is no function of a template".to_string()),
        },
        _ => {}
    }
    Ok(())
}

fn method_call(of: &Expr, method: &str, args: &Args) -> Result<Expr, String> {
    let of = of.clone();
    let plain = args.plain.clone();
    Ok(match (method, plain.as_slice()) {
        ("join", [list]) => list.clone().filter("join", [of]),
        ("startswith", [_]) => Expr::Test(Box::new(of), false, "startingwith".to_string(), args.clone()),
        ("endswith", [_]) => Expr::Test(Box::new(of), false, "endingwith".to_string(), args.clone()),
        ("replace" | "split" | "strip", given) if given.len() > if method == "replace" { 2 } else { 1 } => {
            return Err(format!("`.{method}()` with so many arguments has no filter"));
        }
        _ => match METHODS.iter().find(|(name, _)| *name == method) {
            Some((_, filter)) => of.filter(filter, plain),
            None => return Err(format!("`.{method}()` has no filter")),
        },
    })
}

/// Statements that change a list or a mapping in place, as `set`.
fn changes(nodes: &mut Vec<Node>) -> Result<(), String> {
    let mut out = Vec::with_capacity(nodes.len());
    for mut node in nodes.drain(..) {
        match &mut node {
            Node::If(arms) => {
                if let [(Some(when), body)] = arms.as_slice()
                    && body
                        .iter()
                        .all(|node| matches!(node, Node::Text(text) if text.trim().is_empty()))
                    && let Some(sets) = change(when)?
                {
                    out.extend(sets);
                    continue;
                }
                for (_, body) in arms {
                    changes(body)?;
                }
            }
            Node::For(of) => {
                changes(&mut of.body)?;
                changes(&mut of.other)?;
            }
            Node::Capture(_, body) | Node::Trim(body) => changes(body)?,
            Node::Print(expr) => {
                if let Some(sets) = silent(expr).map(change).transpose()?.flatten() {
                    out.extend(sets);
                    continue;
                }
            }
            Node::Set(_, value) => {
                if let Some(sets) = change(value)? {
                    out.extend(sets);
                    continue;
                }
            }
            Node::Text(_) | Node::Divide => {}
        }
        out.push(node);
    }
    *nodes = out;
    Ok(())
}

/// The expression whose null is printed as nothing: `x | default("", true)`, `x or ""`.
fn silent(expr: &Expr) -> Option<&Expr> {
    let empty = |expr: &Expr| matches!(expr, Expr::Text(text) if text.is_empty());
    match expr {
        Expr::Filter(of, name, args) if name == "default" && args.plain.first().is_some_and(empty) => Some(of),
        Expr::Binary(of, "or", other) if empty(other) => Some(of),
        _ => None,
    }
}

/// The `set` statements that an in-place change amounts to; `None` where the expression is none.
fn change(expr: &Expr) -> Result<Option<Vec<Node>>, String> {
    let Expr::Call(of, args) = expr else { return Ok(None) };
    let Expr::Attr(of, method) = of.as_ref() else {
        return Ok(None);
    };
    match (method.as_str(), args.plain.as_slice()) {
        ("append", [item]) => {
            let longer = Expr::Binary(of.clone(), "+", Box::new(Expr::List(vec![item.clone()])));
            Ok(Some(vec![Node::Set(
                vec![of.as_ref().clone()],
                longer.filter("list", []),
            )]))
        }
        ("update", [Expr::Dict(pairs)]) => pairs
            .iter()
            .map(|(key, value)| match key {
                Expr::Text(key) => {
                    let place = Expr::Attr(of.clone(), key.clone());
                    Ok(Node::Set(vec![place], value.clone()))
                }
                _ => Err("`.update()` under a key that is computed has no equal".to_string()),
            })
            .collect::<Result<_, _>>()
            .map(Some),
        ("update" | "pop" | "extend" | "insert" | "remove", _) => Err(format!("`.{method}()` has no equal")),
        _ => Ok(None),
    }
}

/// The names that are changed in place: as a whole, or with `Some`, in their attributes.
fn changed(nodes: &[Node]) -> Vec<(String, Option<()>)> {
    let mut found: Vec<(String, Option<()>)> = Vec::new();
    walk_nodes(nodes, &mut |node| {
        let Node::Set(targets, value) = node else { return };
        for target in targets {
            let entry = match target {
                // `x = (x + [y]) | list` is how `append` was written down.
                Expr::Name(name) if grows(name, value) => (name.clone(), None),
                Expr::Attr(of, _) => match of.as_ref() {
                    Expr::Name(name) => (name.clone(), Some(())),
                    _ => continue,
                },
                _ => continue,
            };
            if !found.contains(&entry) {
                found.push(entry);
            }
        }
    });
    found
}

fn grows(name: &str, value: &Expr) -> bool {
    let Expr::Filter(of, filter, _) = value else {
        return false;
    };
    let Expr::Binary(left, "+", right) = of.as_ref() else {
        return false;
    };
    filter == "list" && **left == Expr::name(name) && matches!(right.as_ref(), Expr::List(_))
}

/// Makes namespaces where the names are first set.
fn namespaces(nodes: &mut [Node], name: &str, list: bool, made: &mut usize) -> Result<(), String> {
    for node in nodes {
        match node {
            Node::Set(targets, value) if *targets == [Expr::name(name)] && !grows(name, value) => {
                let named = match &*value {
                    Expr::Call(of, _) if **of == Expr::name("namespace") => {
                        *made += 1;
                        continue;
                    }
                    whole if list => vec![("items".to_string(), whole.clone())],
                    Expr::Dict(pairs) => {
                        let named = pairs.iter().map(|(key, value)| match key {
                            Expr::Text(key) => Some((key.clone(), value.clone())),
                            _ => None,
                        });
                        named
                            .collect::<Option<_>>()
                            .ok_or_else(|| format!("`{name}` is changed in place under a key that is computed"))?
                    }
                    _ => return Err(format!("`{name}` is changed in place, and it is no mapping")),
                };
                let args = Args {
                    plain: Vec::new(),
                    named,
                };
                *value = Expr::Call(Box::new(Expr::name("namespace")), args);
                *made += 1;
            }
            Node::If(arms) => {
                for (_, body) in arms {
                    namespaces(body, name, list, made)?;
                }
            }
            Node::For(of) => {
                namespaces(&mut of.body, name, list, made)?;
                namespaces(&mut of.other, name, list, made)?;
            }
            Node::Capture(_, body) => namespaces(body, name, list, made)?,
            _ => {}
        }
    }
    Ok(())
}

/// Reads lists that became namespaces through their one attribute.
fn through(expr: &mut Expr, lists: &[&String]) {
    if let Expr::Call(of, args) = expr
        && **of == Expr::name("namespace")
    {
        for (_, value) in &mut args.named {
            through(value, lists);
        }
        return;
    }
    for part in expr.parts_mut() {
        through(part, lists);
    }
    if let Expr::Name(name) = expr
        && lists.contains(&&*name)
    {
        *expr = Expr::Attr(Box::new(Expr::name(name)), "items".to_string());
    }
}
