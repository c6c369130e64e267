//! A body's syntax tree to a program, or the first thing in it that only minijinja can run.

use std::cell::Cell;

use minijinja::Value;
use minijinja::machinery::{ast, parse};
use minijinja::value::ValueKind;

use super::engine;
use super::program::{Compare, Const, Expr, Filter, Local, LoopFact, Math, Node, Program, Reason, Test};

/// How deep statements and expressions may stand in each other. A program runs on the stack of its thread, minijinja on
/// one of its own.
const DEPTH: usize = 100;

/// Lowers a body that reads the given names.
pub(super) fn lower(body: &str, names: &[String]) -> Result<Program, Reason> {
    let tree = parse(body, "body", engine::syntax()).map_err(|error| Reason(error.to_string()))?;
    let ast::Stmt::Template(template) = tree else {
        return Err(reason("a text that is no template"));
    };
    let mut lowering = Lowering {
        body,
        names,
        locals: Vec::new(),
        loops: 0,
        depth: Cell::new(0),
    };
    lowering.find_locals(&template.children)?;
    Ok(Program {
        nodes: lowering.nodes(&template.children)?,
    })
}

fn reason(what: impl Into<String>) -> Reason {
    Reason(what.into())
}

struct Lowering<'b> {
    body: &'b str,
    names: &'b [String],
    /// Every name that the body gives a value anywhere.
    locals: Vec<String>,
    /// How many loops the place that is looked at stands in.
    loops: usize,
    depth: Cell<usize>,
}

impl Lowering<'_> {
    /// Collects the names that are given values, so that every use of them is looked up at run time.
    fn find_locals(&mut self, nodes: &[ast::Stmt<'_>]) -> Result<(), Reason> {
        for node in nodes {
            match node {
                ast::Stmt::ForLoop(each) => {
                    self.declare(&each.target)?;
                    self.find_locals(&each.body)?;
                    self.find_locals(&each.else_body)?;
                }
                ast::Stmt::IfCond(branch) => {
                    self.find_locals(&branch.true_body)?;
                    self.find_locals(&branch.false_body)?;
                }
                ast::Stmt::Set(set) => self.declare(&set.target)?,
                ast::Stmt::SetBlock(set) => {
                    self.declare(&set.target)?;
                    self.find_locals(&set.body)?;
                }
                ast::Stmt::WithBlock(with) => {
                    for (target, _) in &with.assignments {
                        self.declare(target)?;
                    }
                    self.find_locals(&with.body)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn declare(&mut self, target: &ast::Expr<'_>) -> Result<(), Reason> {
        let ast::Expr::Var(name) = target else {
            return Err(reason("a value that is given to several names or to an attribute"));
        };
        if name.id == "loop" {
            return Err(reason("the name `loop` for a value of its own"));
        }
        if !self.locals.iter().any(|local| local == name.id) {
            self.locals.push(name.id.to_string());
        }
        Ok(())
    }

    fn local(&self, target: &ast::Expr<'_>) -> Result<Local, Reason> {
        let found = match target {
            ast::Expr::Var(name) => self.locals.iter().position(|local| local == name.id),
            _ => None,
        };
        found
            .and_then(|at| Local::try_from(at).ok())
            .ok_or_else(|| reason("more names than are counted"))
    }

    fn nodes(&mut self, nodes: &[ast::Stmt<'_>]) -> Result<Vec<Node>, Reason> {
        nodes.iter().map(|node| self.node(node)).collect()
    }

    fn deeper(&self) -> Result<(), Reason> {
        self.depth.set(self.depth.get() + 1);
        if self.depth.get() > DEPTH {
            return Err(reason(format!("what stands more than {DEPTH} deep in something else")));
        }
        Ok(())
    }

    fn node(&mut self, node: &ast::Stmt<'_>) -> Result<Node, Reason> {
        self.deeper()?;
        let lowered = self.statement(node);
        self.depth.set(self.depth.get() - 1);
        lowered
    }

    fn statement(&mut self, node: &ast::Stmt<'_>) -> Result<Node, Reason> {
        let other = |what: &str| Err(reason(what));
        match node {
            ast::Stmt::EmitRaw(raw) => Ok(Node::Raw(raw.raw.into())),
            ast::Stmt::EmitExpr(emit) => {
                let span = emit.span();
                let source = self.body.get(span.start_offset as usize..span.end_offset as usize);
                let options = source.is_some_and(engine::prints_options);
                Ok(match self.expr(&emit.expr)? {
                    Expr::Name(name) => Node::Print { name, options },
                    expr => Node::Emit { expr, options },
                })
            }
            ast::Stmt::IfCond(branch) => Ok(Node::If {
                test: self.expr(&branch.expr)?,
                then: self.nodes(&branch.true_body)?,
                other: self.nodes(&branch.false_body)?,
            }),
            ast::Stmt::ForLoop(each) => self.each(each),
            ast::Stmt::Set(set) => Ok(Node::Set {
                to: self.local(&set.target)?,
                value: self.expr(&set.expr)?,
            }),
            ast::Stmt::SetBlock(set) if set.filter.is_none() => Ok(Node::Capture {
                to: self.local(&set.target)?,
                body: self.nodes(&set.body)?,
            }),
            ast::Stmt::WithBlock(with) => {
                let value = |(target, value): &(_, _)| Ok((self.local(target)?, self.expr(value)?));
                Ok(Node::With {
                    values: with.assignments.iter().map(value).collect::<Result<_, Reason>>()?,
                    body: self.nodes(&with.body)?,
                })
            }
            ast::Stmt::SetBlock(_) | ast::Stmt::FilterBlock(_) => other("a filter around a block"),
            ast::Stmt::Macro(_) | ast::Stmt::CallBlock(_) => other("a macro"),
            ast::Stmt::AutoEscape(_) => other("the statement `autoescape`"),
            ast::Stmt::Do(_) => other("the statement `do`"),
            _ => other("a statement that reads another template"),
        }
    }

    fn each(&mut self, each: &ast::ForLoop<'_>) -> Result<Node, Reason> {
        if each.recursive {
            return Err(reason("a recursive loop"));
        }
        let over = self.expr(&each.iter)?;
        // `loop` means the loop outside, there.
        let keep = each.filter_expr.as_ref().map(|expr| self.expr(expr)).transpose()?;
        self.loops += 1;
        let body = self.nodes(&each.body);
        self.loops -= 1;
        Ok(Node::For {
            item: self.local(&each.target)?,
            over,
            keep,
            body: body?,
            other: self.nodes(&each.else_body)?,
        })
    }

    fn boxed(&self, expr: &ast::Expr<'_>) -> Result<Box<Expr>, Reason> {
        self.expr(expr).map(Box::new)
    }

    fn expr(&self, expr: &ast::Expr<'_>) -> Result<Expr, Reason> {
        self.deeper()?;
        let lowered = self.expression(expr);
        self.depth.set(self.depth.get() - 1);
        lowered
    }

    fn expression(&self, expr: &ast::Expr<'_>) -> Result<Expr, Reason> {
        // What minijinja computes while it compiles is computed by it here too.
        if !matches!(expr, ast::Expr::Tuple(_) | ast::Expr::Map(_))
            && let Some(value) = expr.as_const()
        {
            return constant(&value).map(Expr::Const);
        }
        match expr {
            ast::Expr::Var(name) => self.name(name.id),
            ast::Expr::List(list) => Ok(Expr::List(self.all(&list.items)?)),
            ast::Expr::GetItem(get) => Ok(Expr::Item(self.boxed(&get.expr)?, self.boxed(&get.subscript_expr)?)),
            ast::Expr::GetAttr(get) => self.attribute(get),
            ast::Expr::Slice(slice) if slice.step.is_none() => Ok(Expr::Slice {
                of: self.boxed(&slice.expr)?,
                start: slice.start.as_ref().map(|expr| self.boxed(expr)).transpose()?,
                stop: slice.stop.as_ref().map(|expr| self.boxed(expr)).transpose()?,
            }),
            ast::Expr::Slice(_) => Err(reason("a slice with a step")),
            ast::Expr::UnaryOp(unary) => match unary.op {
                ast::UnaryOpKind::Not => Ok(Expr::Not(self.boxed(&unary.expr)?)),
                ast::UnaryOpKind::Neg => Err(reason("the operator `-` before a value")),
            },
            ast::Expr::BinOp(binary) => self.binary(binary),
            ast::Expr::Compare(chain) => {
                let links = chain
                    .ops
                    .iter()
                    .map(|link| Ok((comparison(link.op), self.operand(comparison(link.op), &link.expr)?)));
                Ok(Expr::Compare(
                    self.boxed(&chain.expr)?,
                    links.collect::<Result<_, Reason>>()?,
                ))
            }
            ast::Expr::IfExpr(branch) => Ok(Expr::If {
                test: self.boxed(&branch.test_expr)?,
                then: self.boxed(&branch.true_expr)?,
                other: branch.false_expr.as_ref().map(|expr| self.boxed(expr)).transpose()?,
            }),
            ast::Expr::Filter(filter) => {
                let Some(of) = &filter.expr else {
                    return Err(reason("a filter around a block"));
                };
                let of = self.boxed(of)?;
                let (named, args) = self.filter(filter.name, &filter.args)?;
                Ok(Expr::Filter(named, of, args))
            }
            ast::Expr::Test(test) => {
                let of = self.boxed(&test.expr)?;
                let args = self.arguments(&test.args)?;
                let named = named_test(test.name, args.len())?;
                Ok(Expr::Test(named, of, args))
            }
            ast::Expr::Call(call) => Err(reason(match call.identify_call() {
                ast::CallType::Function(name) => format!("a call of `{name}`"),
                ast::CallType::Method(_, name) => format!("a call of the method `{name}`"),
                _ => "a call".to_string(),
            })),
            ast::Expr::Tuple(_) => Err(reason("a tuple")),
            ast::Expr::Map(_) => Err(reason("a map")),
            ast::Expr::Const(value) => constant(&value.value).map(Expr::Const),
        }
    }

    fn all(&self, exprs: &[ast::Expr<'_>]) -> Result<Vec<Expr>, Reason> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    fn name(&self, name: &str) -> Result<Expr, Reason> {
        if name == "loop" {
            return Err(reason("`loop` as a value"));
        }
        let of_row = self.names.iter().position(|known| known == name);
        let local = self.locals.iter().position(|local| local == name);
        match (local.map(Local::try_from), of_row) {
            (Some(Ok(local)), of_row) => Ok(Expr::Local(local, of_row)),
            (None, Some(of_row)) => Ok(Expr::Name(of_row)),
            _ => Err(reason(format!("the name `{name}`"))),
        }
    }

    fn attribute(&self, get: &ast::GetAttr<'_>) -> Result<Expr, Reason> {
        let of_loop = matches!(&get.expr, ast::Expr::Var(name) if name.id == "loop");
        let fact = match get.name {
            "index" => LoopFact::Index,
            "index0" => LoopFact::Index0,
            "length" => LoopFact::Length,
            "revindex" => LoopFact::RevIndex,
            "revindex0" => LoopFact::RevIndex0,
            "first" => LoopFact::First,
            "last" => LoopFact::Last,
            name => return Err(reason(format!("the attribute `{name}`"))),
        };
        if of_loop && self.loops > 0 {
            Ok(Expr::Loop(fact))
        } else {
            Err(reason(format!("the attribute `{}`", get.name)))
        }
    }

    fn binary(&self, binary: &ast::BinOp<'_>) -> Result<Expr, Reason> {
        use ast::BinOpKind as Kind;
        let compared = match binary.op {
            Kind::Eq => Compare::Eq,
            Kind::Ne => Compare::Ne,
            Kind::Lt => Compare::Lt,
            Kind::Lte => Compare::Le,
            Kind::Gt => Compare::Gt,
            Kind::Gte => Compare::Ge,
            Kind::In => Compare::In,
            _ => {
                let (left, right) = (self.boxed(&binary.left)?, self.boxed(&binary.right)?);
                return match binary.op {
                    Kind::ScAnd => Ok(Expr::And(left, right)),
                    Kind::ScOr => Ok(Expr::Or(left, right)),
                    Kind::Concat => Ok(Expr::Concat(left, right)),
                    Kind::Add => Ok(Expr::Math(Math::Add, left, right)),
                    Kind::Sub => Ok(Expr::Math(Math::Sub, left, right)),
                    Kind::Mul => Ok(Expr::Math(Math::Mul, left, right)),
                    Kind::Div => Err(reason("the operator `/`")),
                    Kind::FloorDiv => Err(reason("the operator `//`")),
                    Kind::Rem => Err(reason("the operator `%`")),
                    _ => Err(reason("the operator `**`")),
                };
            }
        };
        let right = self.operand(compared, &binary.right)?;
        Ok(Expr::Compare(self.boxed(&binary.left)?, vec![(compared, right)]))
    }

    /// The right side of a comparison: what is looked through may stand in round brackets too.
    fn operand(&self, compared: Compare, expr: &ast::Expr<'_>) -> Result<Expr, Reason> {
        match expr {
            ast::Expr::Tuple(tuple) if matches!(compared, Compare::In | Compare::NotIn) => {
                Ok(Expr::List(self.all(&tuple.items)?))
            }
            _ => self.expr(expr),
        }
    }

    fn arguments(&self, args: &[ast::CallArg<'_>]) -> Result<Vec<Expr>, Reason> {
        let each = args.iter().map(|arg| match arg {
            ast::CallArg::Pos(expr) => self.expr(expr),
            ast::CallArg::Kwarg(name, _) => Err(reason(format!("the argument `{name}=`"))),
            _ => Err(reason("arguments from a list")),
        });
        each.collect()
    }

    fn filter(&self, name: &str, args: &[ast::CallArg<'_>]) -> Result<(Filter, Vec<Expr>), Reason> {
        let mut args = self.arguments(args)?;
        let filter = match name {
            "select" | "reject" => {
                let test = match (!args.is_empty()).then(|| args.remove(0)) {
                    None => None,
                    Some(Expr::Const(Const::Text(test))) => Some(named_test(&test, args.len())?),
                    Some(_) => return Err(reason(format!("a test of `{name}` that is computed"))),
                };
                return Ok((Filter::Select(name == "select", test), args));
            }
            "abs" => Filter::Abs,
            "capitalize" => Filter::Capitalize,
            "count" | "length" => Filter::Length,
            "d" | "default" => Filter::Default,
            "first" => Filter::First,
            "int" => Filter::Int,
            "join" => Filter::Join,
            "last" => Filter::Last,
            "lines" => Filter::Lines,
            "lower" => Filter::Lower,
            "replace" => Filter::Replace,
            "reverse" => Filter::Reverse,
            "split" => Filter::Split,
            "string" => Filter::String,
            "title" => Filter::Title,
            "trim" => Filter::Trim,
            "upper" => Filter::Upper,
            _ => return Err(reason(format!("the filter `{name}`"))),
        };
        let takes = match filter {
            Filter::Replace => 2..=2,
            Filter::Default => 0..=2,
            Filter::Join | Filter::Trim => 0..=1,
            Filter::Split => 1..=1,
            _ => 0..=0,
        };
        if !takes.contains(&args.len()) {
            return Err(reason(format!("the filter `{name}` with {} arguments", args.len())));
        }
        Ok((filter, args))
    }
}

fn comparison(op: ast::CompareOpKind) -> Compare {
    match op {
        ast::CompareOpKind::Eq => Compare::Eq,
        ast::CompareOpKind::Ne => Compare::Ne,
        ast::CompareOpKind::Lt => Compare::Lt,
        ast::CompareOpKind::Lte => Compare::Le,
        ast::CompareOpKind::Gt => Compare::Gt,
        ast::CompareOpKind::Gte => Compare::Ge,
        ast::CompareOpKind::In => Compare::In,
        ast::CompareOpKind::NotIn => Compare::NotIn,
    }
}

fn named_test(name: &str, args: usize) -> Result<Test, Reason> {
    let test = match name {
        "boolean" => Test::Boolean,
        "defined" => Test::Defined,
        "endingwith" => Test::EndingWith,
        "even" => Test::Even,
        "false" => Test::False,
        "none" => Test::None,
        "number" => Test::Number,
        "odd" => Test::Odd,
        "startingwith" => Test::StartingWith,
        "string" => Test::String,
        "true" => Test::True,
        "undefined" => Test::Undefined,
        "eq" | "equalto" | "==" => Test::Compare(Compare::Eq),
        "ne" | "!=" => Test::Compare(Compare::Ne),
        "lt" | "lessthan" | "<" => Test::Compare(Compare::Lt),
        "le" | "<=" => Test::Compare(Compare::Le),
        "gt" | "greaterthan" | ">" => Test::Compare(Compare::Gt),
        "ge" | ">=" => Test::Compare(Compare::Ge),
        "in" => Test::Compare(Compare::In),
        _ => return Err(reason(format!("the test `{name}`"))),
    };
    let takes = usize::from(matches!(test, Test::Compare(_) | Test::EndingWith | Test::StartingWith));
    if args == takes {
        Ok(test)
    } else {
        Err(reason(format!("the test `{name}` with {args} arguments")))
    }
}

/// A constant that minijinja has read or computed.
fn constant(value: &Value) -> Result<Const, Reason> {
    let constant = match value.kind() {
        ValueKind::None => Some(Const::Null),
        ValueKind::Bool => Some(Const::Bool(value.is_true())),
        ValueKind::Number if value.is_integer() => value.as_i64().map(Const::Int),
        ValueKind::Number => f64::try_from(value.clone())
            .ok()
            .filter(|float| float.is_finite())
            .map(Const::Float),
        ValueKind::String => value.as_str().map(|text| Const::Text(text.into())),
        ValueKind::Seq if !value.is_tuple() => {
            let items = value.try_iter().map_err(|error| Reason(error.to_string()))?;
            let items: Vec<Const> = items.map(|item| constant(&item)).collect::<Result<_, Reason>>()?;
            Some(Const::List(items.into()))
        }
        _ => None,
    };
    constant.ok_or_else(|| reason(format!("the constant {value}")))
}
