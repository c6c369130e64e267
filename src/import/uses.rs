//! How templates use a value of the row, and the type that follows: there is no data to look at.

use std::collections::{BTreeMap, BTreeSet};

use super::fields::CHOICES;
use super::tree::{Args, Expr, Node, walk_nodes};

/// One way a value is used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// Printed, or put into a text.
    Printed,
    /// As only a text can be: lower case, split, compared with a text.
    Text,
    /// As only a number can be.
    Number,
    /// As the index of an answer, or of a list that is written out with so many texts.
    Index(usize),
    /// As only a list can be.
    List,
    /// As a list of numbers.
    Numbers,
    /// One item by its index: a list, or a text.
    Indexed,
    /// The item at this place.
    At(usize),
    /// A list or a text: sliced, measured, searched.
    Measured,
    /// True or false.
    Truth,
    /// Compared with true or false.
    Bool,
    /// Compared with null.
    Null,
    /// Compared with this text.
    Is(String),
    /// Compared with this whole number.
    Equals(String),
    /// What a filter that turns texts into numbers takes.
    Converted,
    Other,
}

/// Uses by path.
pub type Uses = BTreeMap<String, BTreeSet<Use>>;

/// Notes how these nodes use the row.
pub fn of(nodes: &[Node], uses: &mut Uses) {
    let mut see = See {
        uses,
        locals: BTreeMap::new(),
    };
    // What a variable is used as, its value is used as; a variable of a variable needs another round.
    for _ in 0..3 {
        see.nodes(nodes);
    }
}

/// Notes how an expression uses the row.
pub fn of_expr(expr: &Expr, uses: &mut Uses) {
    let mut see = See {
        uses,
        locals: BTreeMap::new(),
    };
    see.expr(expr, &Use::Printed);
}

struct See<'u> {
    uses: &'u mut Uses,
    locals: Uses,
}

const LISTS: &[&str] = &[
    "batch",
    "choice",
    "first",
    "join",
    "last",
    "list",
    "map",
    "max",
    "min",
    "most_frequent",
    "reject",
    "rejectattr",
    "reverse",
    "select",
    "selectattr",
    "sort",
    "sum",
    "unique",
    "zip",
];
const TEXTS: &[&str] = &[
    "capitalize",
    "indent",
    "lines",
    "lower",
    "replace",
    "split",
    "title",
    "trim",
    "truncate",
    "upper",
    "wordcount",
];

impl See<'_> {
    fn nodes(&mut self, nodes: &[Node]) {
        walk_nodes(nodes, &mut |node| match node {
            Node::Print(expr) => self.expr(expr, &Use::Printed),
            Node::If(arms) => arms.iter().filter_map(|(when, _)| when.as_ref()).for_each(|when| {
                self.expr(when, &Use::Truth);
            }),
            Node::For(of) => {
                let items: BTreeSet<Use> = of
                    .targets
                    .iter()
                    .filter_map(|t| self.locals.get(t))
                    .flatten()
                    .cloned()
                    .collect();
                let numbers = items.iter().any(numeric);
                if let Expr::Filter(first, name, args) = &of.over
                    && name == "zip"
                {
                    for (list, target) in std::iter::once(first.as_ref()).chain(&args.plain).zip(&of.targets) {
                        let numbers = self.locals.get(target).is_some_and(|uses| uses.iter().any(numeric));
                        self.expr(list, if numbers { &Use::Numbers } else { &Use::List });
                    }
                } else {
                    self.expr(&of.over, if numbers { &Use::Numbers } else { &Use::List });
                }
                if let Some(only) = &of.only {
                    self.expr(only, &Use::Truth);
                }
            }
            Node::Set(targets, value) => {
                let of_target = match targets.as_slice() {
                    [Expr::Name(name)] => self.locals.get(name).cloned().unwrap_or_default(),
                    _ => BTreeSet::new(),
                };
                if of_target.is_empty() {
                    self.expr(value, &Use::Other);
                }
                for one in &of_target {
                    self.expr(value, one);
                }
            }
            Node::Text(_) | Node::Divide | Node::Capture(..) | Node::Trim(_) => {}
        });
    }

    fn args(&mut self, args: &Args, how: &Use) {
        for arg in args.plain.iter().chain(args.named.iter().map(|(_, arg)| arg)) {
            self.expr(arg, how);
        }
    }

    fn expr(&mut self, expr: &Expr, how: &Use) {
        match expr {
            Expr::Field(path) => {
                self.uses.entry(path.clone()).or_default().insert(how.clone());
            }
            Expr::Name(name) => {
                self.locals.entry(name.clone()).or_default().insert(how.clone());
            }
            Expr::Text(_) | Expr::Number(_) | Expr::Bool(_) | Expr::None => {}
            Expr::List(items) | Expr::Tuple(items) => items.iter().for_each(|item| self.expr(item, &Use::Other)),
            Expr::Dict(pairs) => {
                for (key, value) in pairs {
                    self.expr(key, &Use::Other);
                    self.expr(value, &Use::Other);
                }
            }
            Expr::Attr(of, _) => self.expr(of, &Use::Other),
            Expr::Item(of, at) => self.item(of, at, how),
            Expr::Slice(of, bounds) => {
                let of_list = matches!(how, Use::List | Use::Numbers | Use::Text);
                self.expr(of, if of_list { how } else { &Use::Measured });
                if *how == Use::Printed {
                    self.expr(of, how);
                }
                bounds.iter().flatten().for_each(|bound| self.expr(bound, &Use::Number));
            }
            Expr::Call(of, args) => {
                let range = **of == Expr::name("range");
                self.args(args, if range { &Use::Number } else { &Use::Other });
            }
            Expr::Filter(of, name, args) => self.filter(of, name, args, how),
            Expr::Test(of, _, name, args) => self.test(of, name, args),
            Expr::Unary("not", of) => self.expr(of, &Use::Truth),
            Expr::Unary(_, of) => self.expr(of, &Use::Number),
            Expr::Binary(left, "and" | "or", right) => {
                self.expr(left, &Use::Truth);
                self.expr(left, how);
                self.expr(right, how);
            }
            Expr::Binary(left, "~", right) => {
                self.expr(left, &Use::Printed);
                self.expr(right, &Use::Printed);
            }
            Expr::Binary(left, sign, right) => self.arithmetic(left, sign, right, how),
            Expr::Compare(first, rest) => {
                let mut left = first.as_ref();
                for (sign, right) in rest {
                    self.compare(left, sign, right);
                    left = right;
                }
            }
            Expr::Choose(then, when, other) => {
                self.expr(when, &Use::Truth);
                self.expr(then, how);
                if let Some(other) = other {
                    self.expr(other, how);
                }
            }
        }
    }

    fn item(&mut self, of: &Expr, at: &Expr, how: &Use) {
        let numbers = numeric(how) || *how == Use::Converted;
        if let Expr::Number(number) = at
            && let Ok(place) = number.parse()
        {
            self.expr(of, &Use::At(place));
        }
        self.expr(of, if numbers { &Use::Numbers } else { &Use::Indexed });
        match of {
            Expr::List(items) => self.expr(at, &Use::Index(items.len())),
            Expr::Name(name) if name == CHOICES => self.expr(at, &Use::Index(0)),
            Expr::Dict(_) => self.expr(at, &Use::Text),
            _ => self.expr(at, &Use::Number),
        }
    }

    fn test(&mut self, of: &Expr, name: &str, args: &Args) {
        let how = match name {
            "none" | "defined" | "undefined" => &Use::Null,
            "startingwith" | "endingwith" | "string" => &Use::Text,
            "odd" | "even" | "divisibleby" => &Use::Number,
            "true" | "false" => &Use::Bool,
            "iterable" | "sequence" => &Use::Measured,
            _ => &Use::Other,
        };
        self.expr(of, how);
        self.args(args, &Use::Other);
    }

    /// What a sum or a product makes of its sides. A `+` of what nobody knows to be numbers joins texts.
    fn arithmetic(&mut self, left: &Expr, sign: &str, right: &Expr, how: &Use) {
        let text = |expr: &Expr| matches!(expr, Expr::Text(_)) || matches!(expr, Expr::Binary(_, "~", _));
        let list = |expr: &Expr| matches!(expr, Expr::List(_) | Expr::Filter(..));
        let how = match sign {
            "+" if text(left) || text(right) => &Use::Text,
            "+" if matches!(how, Use::List | Use::Text | Use::Numbers) => how,
            "+" if matches!(left, Expr::List(_)) || matches!(right, Expr::List(_)) => &Use::List,
            "+" if list(left) || list(right) => &Use::Other,
            "+" if !known_number(left) && !known_number(right) => &Use::Printed,
            "%" if text(left) => &Use::Printed,
            _ => &Use::Number,
        };
        self.expr(left, how);
        self.expr(right, how);
    }

    fn compare(&mut self, left: &Expr, sign: &str, right: &Expr) {
        if sign.ends_with("in") {
            match right {
                Expr::List(items) | Expr::Tuple(items) => {
                    items.iter().for_each(|item| self.expr(left, &against(item, "==")));
                    items.iter().for_each(|item| self.expr(item, &Use::Other));
                }
                other => {
                    self.expr(left, &Use::Other);
                    self.expr(other, &Use::Measured);
                }
            }
            return;
        }
        self.expr(left, &against(right, sign));
        self.expr(right, &against(left, sign));
    }

    fn filter(&mut self, of: &Expr, name: &str, args: &Args, how: &Use) {
        let first_texts = args.plain.first().is_some_and(|arg| matches!(arg, Expr::Text(_)));
        let of_how = match name {
            "length" => Use::Measured,
            "index" if !first_texts => Use::List,
            "index" => Use::Measured,
            "max" | "min" | "sum" if numeric(how) || name == "sum" => Use::Numbers,
            "first" | "last" | "choice" if numeric(how) => Use::Numbers,
            "list" | "sort" | "unique" | "reverse" if matches!(how, Use::Numbers) => Use::Numbers,
            "default" => {
                self.expr(of, &Use::Null);
                how.clone()
            }
            "int" | "float" => Use::Converted,
            "round" | "abs" => Use::Number,
            "string" => Use::Printed,
            _ if LISTS.contains(&name) => Use::List,
            _ if TEXTS.contains(&name) => Use::Text,
            _ => Use::Other,
        };
        self.expr(of, &of_how);
        let args_how = if name == "zip" { &Use::List } else { &Use::Other };
        self.args(args, args_how);
    }
}

fn known_number(expr: &Expr) -> bool {
    match expr {
        Expr::Number(_) => true,
        Expr::Binary(left, "-" | "*" | "/" | "//", right) => known_number(left) || known_number(right),
        Expr::Filter(_, name, _) => ["length", "int", "float", "round", "abs"].contains(&name.as_str()),
        Expr::Attr(of, _) => **of == Expr::name("loop"),
        _ => false,
    }
}

fn numeric(how: &Use) -> bool {
    matches!(how, Use::Number | Use::Index(_) | Use::Equals(_) | Use::Numbers)
}

/// What being compared with something says.
fn against(other: &Expr, sign: &str) -> Use {
    match other {
        Expr::Text(text) => Use::Is(text.clone()),
        Expr::Number(number) if sign == "==" || sign == "!=" => Use::Equals(number.clone()),
        Expr::Unary("-", of) if sign == "==" || sign == "!=" => match of.as_ref() {
            Expr::Number(number) => Use::Equals(format!("-{number}")),
            _ => Use::Number,
        },
        Expr::None => Use::Null,
        Expr::Bool(_) => Use::Bool,
        _ if sign != "==" && sign != "!=" => Use::Number,
        other if known_number(other) => Use::Number,
        _ => Use::Other,
    }
}

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    Bool,
    List,
    /// A list whose items are used as numbers.
    Numbers,
}

/// The type that all uses of a value allow, as far as they say.
pub fn kind(path: &str, uses: &BTreeSet<Use>) -> Kind {
    let has = |wanted: &[Use]| wanted.iter().any(|one| uses.contains(one));
    let text = has(&[Use::Text]) || uses.iter().any(|one| matches!(one, Use::Is(text) if !text.is_empty()));
    let list = path.contains("[]")
        || has(&[Use::List, Use::Numbers])
        || (has(&[Use::Indexed]) && !text && !has(&[Use::Printed]));
    if list {
        return if has(&[Use::Numbers]) {
            Kind::Numbers
        } else {
            Kind::List
        };
    }
    if text {
        return Kind::Text;
    }
    if uses.iter().any(numeric) || has(&[Use::Converted]) {
        return Kind::Number;
    }
    if has(&[Use::Bool]) {
        return Kind::Bool;
    }
    if has(&[Use::Printed]) || has(&[Use::Other]) {
        return Kind::Text;
    }
    if has(&[Use::Measured]) {
        return Kind::List;
    }
    if has(&[Use::Truth]) { Kind::Bool } else { Kind::Text }
}
