//! Which names of a template are values of a row, under which path each is found, and the template with these in place.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::{Expr, For, Node, change_exprs, walk_exprs, walk_nodes};

/// Names that are no values of a row.
const GLOBALS: &[&str] = &["dict", "loop", "namespace", "range", CHOICES];

/// The list of a template's answers, which promptsource puts beside the row.
pub const CHOICES: &str = "answer_choices";

/// Names of flanc's own that a template's variables must not take.
const OURS: &[&str] = &["answer", "choices", "options", "self"];

/// Puts [`Expr::Field`] wherever a template reads its row, and renames variables that flanc has another use for.
pub fn resolve(nodes: &mut Vec<Node>) -> Result<(), String> {
    aliases(nodes);
    let mut scope = Scope {
        set: BTreeSet::new(),
        renamed: BTreeMap::new(),
    };
    let assigned = assigned(nodes);
    let read_first = {
        let mut seen = Vec::new();
        walk_exprs(nodes, &mut |expr| {
            if let Expr::Name(name) = expr {
                seen.push(name.clone());
            }
        });
        seen
    };
    for name in &assigned {
        if OURS.contains(&name.as_str()) || read_first.contains(name) && shadows(nodes, name) {
            scope.renamed.insert(name.clone(), format!("{name}_"));
        }
    }
    scope.nodes(nodes)
}

/// All names that a template sets.
fn assigned(nodes: &[Node]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    walk_nodes(nodes, &mut |node| match node {
        Node::Set(targets, _) => found.extend(targets.iter().filter_map(|target| match target {
            Expr::Name(name) => Some(name.clone()),
            _ => None,
        })),
        Node::For(of) => found.extend(of.targets.iter().cloned()),
        Node::Capture(name, _) => {
            found.insert(name.clone());
        }
        _ => {}
    });
    found
}

/// Whether a name is read before anything sets it, and so is both a value of the row and a variable.
fn shadows(nodes: &[Node], name: &str) -> bool {
    fn order(nodes: &[Node], name: &str, set: &mut bool) -> bool {
        let reads = |expr: &Expr| {
            let mut found = false;
            expr.walk(&mut |part| found |= matches!(part, Expr::Name(n) if n == name));
            found
        };
        for node in nodes {
            match node {
                Node::Set(targets, value) => {
                    if reads(value) && !*set {
                        return true;
                    }
                    *set |= targets.contains(&Expr::name(name));
                }
                Node::For(of) => {
                    if !*set && (reads(&of.over)) {
                        return true;
                    }
                    let mut inner = *set || of.targets.iter().any(|target| target == name);
                    if order(&of.body, name, &mut inner) || order(&of.other, name, set) {
                        return true;
                    }
                }
                other => {
                    if !*set && other.exprs().into_iter().any(reads) {
                        return true;
                    }
                    for below in other.below() {
                        if order(below, name, set) {
                            return true;
                        }
                    }
                    if let Node::Capture(captured, _) = other {
                        *set |= captured == name;
                    }
                }
            }
        }
        false
    }
    order(nodes, name, &mut false)
}

/// Puts the value of a variable in its places where it is set once to a part of the row and only its own parts are read.
fn aliases(nodes: &mut Vec<Node>) {
    let mut sets: BTreeMap<String, Vec<Option<Expr>>> = BTreeMap::new();
    walk_nodes(nodes, &mut |node| match node {
        Node::Set(targets, value) => {
            for target in targets {
                if let Expr::Name(name) = target {
                    let plain = targets.len() == 1 && place(value);
                    sets.entry(name.clone()).or_default().push(plain.then(|| value.clone()));
                }
            }
        }
        Node::For(of) => {
            for target in &of.targets {
                sets.entry(target.clone()).or_default().push(None);
            }
        }
        Node::Capture(name, _) => sets.entry(name.clone()).or_default().push(None),
        _ => {}
    });
    let assigned: BTreeSet<String> = sets.keys().cloned().collect();
    for (name, values) in sets {
        let [Some(value)] = values.as_slice() else { continue };
        let (mut whole, mut parts, mut local) = (0, 0, false);
        walk_exprs(nodes, &mut |expr| match expr {
            Expr::Attr(of, _) if **of == Expr::name(&name) => parts += 1,
            Expr::Item(of, key) if **of == Expr::name(&name) && matches!(key.as_ref(), Expr::Text(_)) => parts += 1,
            Expr::Name(found) if *found == name => whole += 1,
            _ => {}
        });
        value.walk(&mut |part| {
            local |= matches!(part, Expr::Name(found) if assigned.contains(found) || found == "loop");
        });
        // One of the whole uses is the `set` itself.
        if parts == 0 || whole != parts + 1 || local {
            continue;
        }
        let value = value.clone();
        remove_set(nodes, &name);
        let put = &mut |expr: &mut Expr| {
            replace(expr, &name, &value);
            Ok::<(), ()>(())
        };
        let _ = change_exprs(nodes, put);
    }
}

/// Whether an expression is a place in the row: a name, and keys and indices after it.
fn place(expr: &Expr) -> bool {
    match expr {
        Expr::Name(_) => true,
        Expr::Attr(of, _) | Expr::Item(of, _) => place(of),
        Expr::Filter(of, name, _) => (name == "first" || name == "last") && place(of),
        _ => false,
    }
}

fn remove_set(nodes: &mut Vec<Node>, name: &str) {
    nodes.retain(|node| !matches!(node, Node::Set(targets, _) if *targets == [Expr::name(name)]));
    for node in nodes {
        match node {
            Node::If(arms) => arms.iter_mut().for_each(|(_, body)| remove_set(body, name)),
            Node::For(of) => {
                remove_set(&mut of.body, name);
                remove_set(&mut of.other, name);
            }
            Node::Capture(_, body) => remove_set(body, name),
            _ => {}
        }
    }
}

fn replace(expr: &mut Expr, name: &str, value: &Expr) {
    if *expr == Expr::name(name) {
        *expr = value.clone();
        return;
    }
    for part in expr.parts_mut() {
        replace(part, name, value);
    }
}

struct Scope {
    /// The variables that are set so far.
    set: BTreeSet<String>,
    renamed: BTreeMap<String, String>,
}

impl Scope {
    fn nodes(&mut self, nodes: &mut [Node]) -> Result<(), String> {
        for node in nodes {
            match node {
                Node::Text(_) | Node::Divide => {}
                Node::Trim(body) => self.nodes(body)?,
                Node::Print(expr) => self.expr(expr)?,
                Node::If(arms) => {
                    for (when, body) in arms {
                        if let Some(when) = when {
                            self.expr(when)?;
                        }
                        self.nodes(body)?;
                    }
                }
                Node::For(of) => self.each(of)?,
                Node::Set(targets, value) => {
                    self.expr(value)?;
                    for target in targets {
                        match target {
                            Expr::Name(name) => {
                                self.set.insert(name.clone());
                                *name = self.local(name);
                            }
                            other => self.expr(other)?,
                        }
                    }
                }
                Node::Capture(name, body) => {
                    self.nodes(body)?;
                    self.set.insert(name.clone());
                    *name = self.local(name);
                }
            }
        }
        Ok(())
    }

    fn local(&self, name: &str) -> String {
        self.renamed.get(name).cloned().unwrap_or_else(|| name.to_string())
    }

    fn each(&mut self, of: &mut For) -> Result<(), String> {
        if let [target] = of.targets.as_slice()
            && let Some(keys) = keys(of, target)
            && self.structs(&of.over)
        {
            parallel(of, &keys);
        }
        self.expr(&mut of.over)?;
        let outer = self.set.clone();
        self.set.extend(of.targets.iter().cloned());
        if let Some(only) = &mut of.only {
            self.expr(only)?;
        }
        self.nodes(&mut of.body)?;
        self.set = outer;
        for target in &mut of.targets {
            *target = self.local(target);
        }
        self.nodes(&mut of.other)
    }

    /// Whether a loop runs over a list of the row, or a stretch of one.
    fn structs(&self, over: &Expr) -> bool {
        match over {
            Expr::Slice(of, _) => self.structs(of),
            Expr::Name(name) => !self.set.contains(name) && !GLOBALS.contains(&name.as_str()),
            Expr::Attr(of, _) => self.structs(of),
            Expr::Item(of, key) => matches!(key.as_ref(), Expr::Text(_)) && self.structs(of),
            _ => false,
        }
    }

    fn expr(&mut self, expr: &mut Expr) -> Result<(), String> {
        if let Some((path, indices)) = self.path(expr)? {
            let field = Expr::Field(path);
            *expr = indices
                .into_iter()
                .fold(field, |of, index| Expr::Item(Box::new(of), Box::new(index)));
            return Ok(());
        }
        if let Expr::Name(name) = expr {
            *name = self.local(name);
            return Ok(());
        }
        if let Expr::Attr(of, key) = expr
            && let Expr::Name(name) = of.as_ref()
            && name != "loop"
            && !self.set.contains(name)
        {
            return Err(format!("`{name}.{key}` is read, and nothing sets `{name}`"));
        }
        for part in expr.parts_mut() {
            self.expr(part)?;
        }
        Ok(())
    }

    /// The path of a place in the row, and the indices into the lists on the way, the outermost first.
    fn path(&mut self, expr: &Expr) -> Result<Option<(String, Vec<Expr>)>, String> {
        let mut steps = Vec::new();
        let mut at = expr;
        let root = loop {
            match at {
                Expr::Name(name) => break name,
                Expr::Attr(of, key) => {
                    steps.push(Step::Key(key.clone()));
                    at = of;
                }
                Expr::Item(of, key) => {
                    steps.push(match key.as_ref() {
                        Expr::Text(key) => Step::Key(key.clone()),
                        index => Step::Index(index.clone()),
                    });
                    at = of;
                }
                Expr::Filter(of, name, args) if !steps.is_empty() && args.plain.is_empty() => {
                    let index = match name.as_str() {
                        "first" => "0",
                        "last" => "-1",
                        _ => return Ok(None),
                    };
                    steps.push(Step::Index(Expr::Number(index.to_string())));
                    at = of;
                }
                _ => return Ok(None),
            }
        };
        if self.set.contains(root) || GLOBALS.contains(&root.as_str()) {
            return Ok(None);
        }
        let mut path = root.clone();
        let mut indices = Vec::new();
        steps.reverse();
        let last_key = steps.iter().rposition(|step| matches!(step, Step::Key(_)));
        for (at, step) in steps.into_iter().enumerate() {
            match step {
                Step::Key(key) => {
                    if key != EACH {
                        path.push('.');
                    }
                    path.push_str(&key);
                }
                Step::Index(mut index) => {
                    if last_key.is_some_and(|last| at < last) {
                        path.push_str("[]");
                    }
                    self.expr(&mut index)?;
                    indices.push(index);
                }
            }
        }
        Ok(Some((path, indices)))
    }
}

enum Step {
    Key(String),
    Index(Expr),
}

/// The keys of a loop's variable that its body reads, where it reads nothing else of it.
fn keys(of: &For, target: &str) -> Option<BTreeSet<String>> {
    let (mut whole, mut parts) = (0, 0);
    let mut keys = BTreeSet::new();
    let mut see = |expr: &Expr| match expr {
        Expr::Attr(inner, key) if **inner == Expr::name(target) => {
            parts += 1;
            keys.insert(key.clone());
        }
        Expr::Item(inner, key) if **inner == Expr::name(target) => {
            if let Expr::Text(key) = key.as_ref() {
                parts += 1;
                keys.insert(key.clone());
            }
        }
        Expr::Name(name) if name == target => whole += 1,
        _ => {}
    };
    if let Some(only) = &of.only {
        only.walk(&mut see);
    }
    walk_exprs(&of.body, &mut see);
    (parts > 0 && whole == parts).then_some(keys)
}

/// A loop over rows of a nested table as a loop over its columns side by side.
fn parallel(of: &mut For, keys: &BTreeSet<String>) {
    let target = of.targets.remove(0);
    let column = |key: &String| of_each(&of.over, key);
    let mut lists = keys.iter().map(column);
    let first = lists.next().unwrap_or(Expr::None);
    let others: Vec<Expr> = lists.collect();
    of.over = if others.is_empty() {
        first
    } else {
        first.filter("zip", others)
    };
    of.targets = keys.iter().map(|key| format!("{target}_{key}")).collect();
    let put = &mut |expr: &mut Expr| {
        columns(expr, &target);
        Ok::<(), ()>(())
    };
    if let Some(only) = &mut of.only {
        let _ = put(only);
    }
    let _ = change_exprs(&mut of.body, put);
}

/// The list of what every item of a list has under a key; a stretch of it where the list is one.
fn of_each(over: &Expr, key: &str) -> Expr {
    match over {
        Expr::Slice(of, bounds) => Expr::Slice(Box::new(of_each(of, key)), bounds.clone()),
        // An index that stands before a key makes a path through a list; here it is all of them.
        place => Expr::Attr(
            Box::new(Expr::Attr(Box::new(place.clone()), EACH.to_string())),
            key.to_string(),
        ),
    }
}

/// A key that stands for every item.
const EACH: &str = "[]";

fn columns(expr: &mut Expr, target: &str) {
    let key = match expr {
        Expr::Attr(of, key) if **of == Expr::name(target) => Some(key.clone()),
        Expr::Item(of, key) if **of == Expr::name(target) => match key.as_ref() {
            Expr::Text(key) => Some(key.clone()),
            _ => None,
        },
        _ => None,
    };
    if let Some(key) = key {
        *expr = Expr::Name(format!("{target}_{key}"));
        return;
    }
    for part in expr.parts_mut() {
        columns(part, target);
    }
}
