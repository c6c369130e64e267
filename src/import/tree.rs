//! The tree of a template in Jinja, as Python's Jinja2 reads it. Knows nothing of flanc's own bodies.

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    Text(String),
    /// The `|||` between a prompt and its reply.
    Divide,
    Print(Expr),
    /// Conditions with what stands under them; the last may have none.
    If(Vec<(Option<Expr>, Vec<Node>)>),
    For(For),
    /// Names on the left; an attribute of a namespace is written `Attr`.
    Set(Vec<Expr>, Expr),
    /// `{% set NAME %}..{% endset %}`.
    Capture(String, Vec<Node>),
    /// What is printed inside, without the white space at its ends.
    Trim(Vec<Node>),
}

/// A loop.
#[derive(Clone, Debug, PartialEq)]
pub struct For {
    pub targets: Vec<String>,
    pub over: Expr,
    pub only: Option<Expr>,
    pub body: Vec<Node>,
    pub other: Vec<Node>,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    Name(String),
    /// A value of the row, by its path: `answers.text`, or `turns[].speaker` for that of every turn.
    Field(String),
    Text(String),
    /// A whole number or a decimal, as written.
    Number(String),
    Bool(bool),
    None,
    List(Vec<Expr>),
    Tuple(Vec<Expr>),
    Dict(Vec<(Expr, Expr)>),
    Attr(Box<Expr>, String),
    Item(Box<Expr>, Box<Expr>),
    Slice(Box<Expr>, [Option<Box<Expr>>; 3]),
    Call(Box<Expr>, Args),
    Filter(Box<Expr>, String, Args),
    /// With `true`: `is not`.
    Test(Box<Expr>, bool, String, Args),
    /// `not`, `-` or `+`.
    Unary(&'static str, Box<Expr>),
    Binary(Box<Expr>, &'static str, Box<Expr>),
    /// `a < b < c`, in one.
    Compare(Box<Expr>, Vec<(&'static str, Expr)>),
    /// `THEN if WHEN else OTHER`.
    Choose(Box<Expr>, Box<Expr>, Option<Box<Expr>>),
}

/// Arguments: by position, then by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Args {
    pub plain: Vec<Expr>,
    pub named: Vec<(String, Expr)>,
}

impl Args {
    pub fn of(plain: impl IntoIterator<Item = Expr>) -> Self {
        Self {
            plain: plain.into_iter().collect(),
            named: Vec::new(),
        }
    }

    fn exprs(&self) -> impl Iterator<Item = &Expr> {
        self.plain.iter().chain(self.named.iter().map(|(_, value)| value))
    }

    fn exprs_mut(&mut self) -> impl Iterator<Item = &mut Expr> {
        self.plain
            .iter_mut()
            .chain(self.named.iter_mut().map(|(_, value)| value))
    }
}

impl Expr {
    pub fn name(name: &str) -> Self {
        Self::Name(name.to_string())
    }

    pub fn filter(self, name: &str, plain: impl IntoIterator<Item = Expr>) -> Self {
        Self::Filter(Box::new(self), name.to_string(), Args::of(plain))
    }

    /// The expressions directly inside of this one.
    pub fn parts(&self) -> Vec<&Expr> {
        match self {
            Self::Name(_) | Self::Field(_) | Self::Text(_) | Self::Number(_) | Self::Bool(_) | Self::None => Vec::new(),
            Self::List(items) | Self::Tuple(items) => items.iter().collect(),
            Self::Dict(pairs) => pairs.iter().flat_map(|(key, value)| [key, value]).collect(),
            Self::Attr(of, _) | Self::Unary(_, of) => vec![of],
            Self::Item(of, at) => vec![of, at],
            Self::Slice(of, bounds) => {
                let bounds = bounds.iter().flatten().map(AsRef::as_ref);
                std::iter::once(of.as_ref()).chain(bounds).collect()
            }
            Self::Call(of, args) | Self::Filter(of, _, args) | Self::Test(of, _, _, args) => {
                std::iter::once(of.as_ref()).chain(args.exprs()).collect()
            }
            Self::Binary(left, _, right) => vec![left, right],
            Self::Compare(first, rest) => std::iter::once(first.as_ref())
                .chain(rest.iter().map(|(_, e)| e))
                .collect(),
            Self::Choose(then, when, other) => [then, when].into_iter().chain(other).map(AsRef::as_ref).collect(),
        }
    }

    /// The same, to be changed.
    pub fn parts_mut(&mut self) -> Vec<&mut Expr> {
        match self {
            Self::Name(_) | Self::Field(_) | Self::Text(_) | Self::Number(_) | Self::Bool(_) | Self::None => Vec::new(),
            Self::List(items) | Self::Tuple(items) => items.iter_mut().collect(),
            Self::Dict(pairs) => pairs.iter_mut().flat_map(|(key, value)| [key, value]).collect(),
            Self::Attr(of, _) | Self::Unary(_, of) => vec![of],
            Self::Item(of, at) => vec![of, at],
            Self::Slice(of, bounds) => {
                let bounds = bounds.iter_mut().flatten().map(AsMut::as_mut);
                std::iter::once(of.as_mut()).chain(bounds).collect()
            }
            Self::Call(of, args) | Self::Filter(of, _, args) | Self::Test(of, _, _, args) => {
                std::iter::once(of.as_mut()).chain(args.exprs_mut()).collect()
            }
            Self::Binary(left, _, right) => vec![left, right],
            Self::Compare(first, rest) => std::iter::once(first.as_mut())
                .chain(rest.iter_mut().map(|(_, e)| e))
                .collect(),
            Self::Choose(then, when, other) => [then, when].into_iter().chain(other).map(AsMut::as_mut).collect(),
        }
    }

    /// Calls `see` on this expression and on all inside of it.
    pub fn walk<'e>(&'e self, see: &mut impl FnMut(&'e Expr)) {
        see(self);
        for part in self.parts() {
            part.walk(see);
        }
    }
}

impl Node {
    /// The expressions that stand in this node itself, not in nodes below it.
    pub fn exprs(&self) -> Vec<&Expr> {
        match self {
            Self::Text(_) | Self::Divide | Self::Capture(..) | Self::Trim(_) => Vec::new(),
            Self::Print(expr) => vec![expr],
            Self::If(arms) => arms.iter().filter_map(|(when, _)| when.as_ref()).collect(),
            Self::For(of) => std::iter::once(&of.over).chain(&of.only).collect(),
            Self::Set(targets, value) => targets.iter().chain([value]).collect(),
        }
    }

    /// The nodes directly below.
    pub fn below(&self) -> Vec<&[Node]> {
        match self {
            Self::Text(_) | Self::Divide | Self::Print(_) | Self::Set(..) => Vec::new(),
            Self::If(arms) => arms.iter().map(|(_, body)| body.as_slice()).collect(),
            Self::For(of) => vec![&of.body, &of.other],
            Self::Capture(_, body) | Self::Trim(body) => vec![body],
        }
    }
}

/// Calls `see` on every node, from the outside to the inside.
pub fn walk_nodes<'n>(nodes: &'n [Node], see: &mut impl FnMut(&'n Node)) {
    for node in nodes {
        see(node);
        for below in node.below() {
            walk_nodes(below, see);
        }
    }
}

/// Calls `see` on every expression of these nodes.
pub fn walk_exprs<'n>(nodes: &'n [Node], see: &mut impl FnMut(&'n Expr)) {
    walk_nodes(nodes, &mut |node| {
        for expr in node.exprs() {
            expr.walk(see);
        }
    });
}

/// Calls `change` on every expression directly in these nodes, and not on the parts of it.
pub fn change_exprs<E>(nodes: &mut [Node], change: &mut impl FnMut(&mut Expr) -> Result<(), E>) -> Result<(), E> {
    for node in nodes {
        match node {
            Node::Text(_) | Node::Divide => {}
            Node::Print(expr) => change(expr)?,
            Node::If(arms) => {
                for (when, body) in arms {
                    if let Some(when) = when {
                        change(when)?;
                    }
                    change_exprs(body, change)?;
                }
            }
            Node::For(of) => {
                change(&mut of.over)?;
                if let Some(only) = &mut of.only {
                    change(only)?;
                }
                change_exprs(&mut of.body, change)?;
                change_exprs(&mut of.other, change)?;
            }
            Node::Set(targets, value) => {
                for target in targets {
                    change(target)?;
                }
                change(value)?;
            }
            Node::Capture(_, body) | Node::Trim(body) => change_exprs(body, change)?,
        }
    }
    Ok(())
}
