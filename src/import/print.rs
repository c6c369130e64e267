//! A tree as the text of a body of flanc's.

use super::tree::{Args, Expr, Node};

/// Names of fields by their paths.
pub trait Names {
    fn field(&self, path: &str) -> String;
}

/// The text of nodes.
pub fn nodes(nodes: &[Node], names: &dyn Names) -> String {
    let mut out = String::new();
    push(nodes, names, &mut out);
    out
}

fn push(nodes: &[Node], names: &dyn Names, out: &mut String) {
    for node in nodes {
        match node {
            Node::Text(text) => push_text(text, out),
            Node::Divide => {}
            Node::Print(expr) => {
                let text = self::expr(expr, names);
                // A space keeps the brace of a mapping from the brace of the tag.
                out.push_str(&format!("{{{{ {text} }}}}"));
            }
            Node::If(arms) => {
                for (at, (when, body)) in arms.iter().enumerate() {
                    match when {
                        Some(when) => {
                            let word = if at == 0 { "if" } else { "elif" };
                            out.push_str(&format!("{{% {word} {} %}}", self::expr(when, names)));
                        }
                        None => out.push_str("{% else %}"),
                    }
                    push(body, names, out);
                }
                out.push_str("{% endif %}");
            }
            Node::For(of) => {
                let targets = of.targets.join(", ");
                out.push_str(&format!("{{% for {targets} in {}", self::expr(&of.over, names)));
                if let Some(only) = &of.only {
                    out.push_str(&format!(" if {}", self::expr(only, names)));
                }
                out.push_str(" %}");
                push(&of.body, names, out);
                if !of.other.is_empty() {
                    out.push_str("{% else %}");
                    push(&of.other, names, out);
                }
                out.push_str("{% endfor %}");
            }
            Node::Set(targets, value) => {
                let targets: Vec<String> = targets.iter().map(|target| expr(target, names)).collect();
                out.push_str(&format!("{{% set {} = {} %}}", targets.join(", "), expr(value, names)));
            }
            Node::Trim(body) => {
                out.push_str("{% filter trim %}");
                push(body, names, out);
                out.push_str("{% endfilter %}");
            }
            Node::Capture(name, body) => {
                out.push_str(&format!("{{% set {name} %}}"));
                push(body, names, out);
                out.push_str("{% endset %}");
            }
        }
    }
}

/// Text, with braces that would begin a tag in quotes.
fn push_text(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest
        .match_indices('{')
        .map(|(at, _)| at)
        .find(|at| matches!(rest.as_bytes().get(at + 1), Some(b'{' | b'%' | b'#')))
    {
        out.push_str(&rest[..at]);
        out.push_str(&format!("{{{{ \"{}\" }}}}", &rest[at..at + 2]));
        rest = &rest[at + 2..];
    }
    out.push_str(rest);
    // A brace at the end would meet the next tag.
    if rest.ends_with('{') {
        out.pop();
        out.push_str("{{ \"{\" }}");
    }
}

/// How closely an expression holds together: the higher, the closer.
fn strength(expr: &Expr) -> u8 {
    match expr {
        Expr::Choose(..) => 0,
        Expr::Binary(_, "or", _) => 1,
        Expr::Binary(_, "and", _) => 2,
        Expr::Unary("not", _) => 3,
        Expr::Compare(..) | Expr::Test(..) => 4,
        Expr::Binary(..) | Expr::Unary(..) => 5,
        Expr::Filter(..) => 6,
        _ => 7,
    }
}

/// The text of an expression.
pub fn expr(expr: &Expr, names: &dyn Names) -> String {
    let at_least = |part: &Expr, least: u8| {
        let text = self::expr(part, names);
        if strength(part) < least {
            format!("({text})")
        } else {
            text
        }
    };
    match expr {
        Expr::Name(name) => name.clone(),
        Expr::Field(path) => names.field(path),
        Expr::Text(text) => quoted(text),
        Expr::Number(number) => number.clone(),
        Expr::Bool(flag) => flag.to_string(),
        Expr::None => "none".to_string(),
        Expr::List(items) => format!("[{}]", list(items, names)),
        Expr::Tuple(items) if items.len() == 1 => format!("({},)", list(items, names)),
        Expr::Tuple(items) => format!("({})", list(items, names)),
        Expr::Dict(pairs) => {
            let pairs: Vec<String> = pairs
                .iter()
                .map(|(key, value)| format!("{}: {}", self::expr(key, names), self::expr(value, names)))
                .collect();
            format!("{{{}}}", pairs.join(", "))
        }
        Expr::Attr(of, key) => {
            let word = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                && !key.starts_with(|c: char| c.is_ascii_digit());
            let of = at_least(of, 7);
            if word {
                format!("{of}.{key}")
            } else {
                format!("{of}[{}]", quoted(key))
            }
        }
        Expr::Item(of, at) => format!("{}[{}]", at_least(of, 7), self::expr(at, names)),
        Expr::Slice(of, bounds) => {
            let bound = |at: usize| bounds[at].as_ref().map(|b| self::expr(b, names)).unwrap_or_default();
            let step = bounds[2].as_ref().map_or(String::new(), |_| format!(":{}", bound(2)));
            format!("{}[{}:{}{step}]", at_least(of, 7), bound(0), bound(1))
        }
        Expr::Call(of, args) => format!("{}({})", at_least(of, 7), arguments(args, names)),
        Expr::Filter(of, name, args) => {
            let of = at_least(of, 6);
            let args = arguments(args, names);
            if args.is_empty() {
                format!("{of} | {name}")
            } else {
                format!("{of} | {name}({args})")
            }
        }
        Expr::Test(of, not, name, args) => {
            let not = if *not { "not " } else { "" };
            let args = arguments(args, names);
            let args = if args.is_empty() { args } else { format!("({args})") };
            format!("{} is {not}{name}{args}", at_least(of, 6))
        }
        Expr::Unary("not", of) => format!("not {}", at_least(of, 4)),
        Expr::Unary(sign, of) => format!("{sign}{}", at_least(of, 7)),
        Expr::Binary(left, word @ ("and" | "or"), right) => {
            let least = if *word == "and" { 3 } else { 1 };
            format!("{} {word} {}", at_least(left, least), at_least(right, least.max(2)))
        }
        Expr::Binary(left, sign, right) => {
            // `a + b + c` needs no brackets; all else says its order.
            let same = matches!(left.as_ref(), Expr::Binary(_, inner, _) if inner == sign && ["+", "~"].contains(sign));
            let left = if same {
                self::expr(left, names)
            } else {
                at_least(left, 6)
            };
            format!("{left} {sign} {}", at_least(right, 6))
        }
        Expr::Compare(first, rest) => {
            let mut left = first.as_ref();
            let mut pairs = Vec::new();
            for (sign, right) in rest {
                pairs.push(format!("{} {sign} {}", at_least(left, 5), at_least(right, 5)));
                left = right;
            }
            let joined = pairs.join(" and ");
            if pairs.len() > 1 { format!("({joined})") } else { joined }
        }
        Expr::Choose(then, when, other) => {
            let mut text = format!("{} if {}", at_least(then, 1), at_least(when, 1));
            if let Some(other) = other {
                text.push_str(&format!(" else {}", at_least(other, 1)));
            }
            text
        }
    }
}

fn list(items: &[Expr], names: &dyn Names) -> String {
    let items: Vec<String> = items.iter().map(|item| expr(item, names)).collect();
    items.join(", ")
}

fn arguments(args: &Args, names: &dyn Names) -> String {
    let named = args
        .named
        .iter()
        .map(|(name, value)| format!("{name}={}", expr(value, names)));
    let all: Vec<String> = args.plain.iter().map(|arg| expr(arg, names)).chain(named).collect();
    all.join(", ")
}

/// A text in quotes: double ones, unless it has some and no single ones.
pub fn quoted(text: &str) -> String {
    let quote = if text.contains('"') && !text.contains('\'') {
        '\''
    } else {
        '"'
    };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}
