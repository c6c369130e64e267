//! A body as a tree of steps that write into a string: what [`lower`](super::lower) makes and [`run`](super::run) runs.

/// A lowered body.
#[derive(Debug)]
pub(super) struct Program {
    pub nodes: Vec<Node>,
}

/// Why a body cannot be lowered: what it holds, in words for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason(pub String);

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// One step.
#[derive(Debug)]
pub(super) enum Node {
    Raw(Box<str>),
    /// Prints a value of the row as it is, which is most of what bodies do.
    Print {
        name: usize,
        options: bool,
    },
    Emit {
        expr: Expr,
        options: bool,
    },
    If {
        test: Expr,
        then: Vec<Node>,
        other: Vec<Node>,
    },
    For {
        item: Local,
        over: Expr,
        keep: Option<Expr>,
        body: Vec<Node>,
        other: Vec<Node>,
    },
    Set {
        to: Local,
        value: Expr,
    },
    /// A `{% set %}` around a text.
    Capture {
        to: Local,
        body: Vec<Node>,
    },
    With {
        values: Vec<(Local, Expr)>,
        body: Vec<Node>,
    },
}

/// A name that the body itself gives a value.
pub(super) type Local = u16;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Const {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Box<str>),
    List(Box<[Const]>),
}

#[derive(Debug)]
pub(super) enum Expr {
    Const(Const),
    /// A value of the row.
    Name(usize),
    /// A name that the body gives a value somewhere, and the row's value of it until then.
    Local(Local, Option<usize>),
    Loop(LoopFact),
    List(Vec<Expr>),
    Item(Box<Expr>, Box<Expr>),
    Slice {
        of: Box<Expr>,
        start: Option<Box<Expr>>,
        stop: Option<Box<Expr>>,
    },
    Not(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    /// `a < b < c`: each with the next.
    Compare(Box<Expr>, Vec<(Compare, Expr)>),
    Math(Math, Box<Expr>, Box<Expr>),
    /// `~`
    Concat(Box<Expr>, Box<Expr>),
    If {
        test: Box<Expr>,
        then: Box<Expr>,
        other: Option<Box<Expr>>,
    },
    Filter(Filter, Box<Expr>, Vec<Expr>),
    Test(Test, Box<Expr>, Vec<Expr>),
}

/// What `loop` knows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum LoopFact {
    Index,
    Index0,
    Length,
    RevIndex,
    RevIndex0,
    First,
    Last,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Compare {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    NotIn,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Math {
    Add,
    Sub,
    Mul,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Filter {
    Abs,
    Capitalize,
    Default,
    First,
    Int,
    Join,
    Last,
    Length,
    Lines,
    Lower,
    Replace,
    Reverse,
    /// The items that pass a test, or (`false`) those that do not; without a test, those that are true.
    Select(bool, Option<Test>),
    Split,
    String,
    Title,
    Trim,
    Upper,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Test {
    Boolean,
    Compare(Compare),
    Defined,
    EndingWith,
    Even,
    False,
    None,
    Number,
    Odd,
    StartingWith,
    String,
    True,
    Undefined,
}
