//! Runs a program: steps that write into a string.
//!
//! A program decides only what minijinja would decide in the same way. Where it meets anything else (a null that is
//! printed, a type it does not know its way around, more work than there is fuel for) it says so, and minijinja runs
//! the body for that row instead: with its result, or with its message.

use std::ops::Range;

use super::engine::FUEL;
use super::program::{Expr, Filter, Local, LoopFact, Math, Node, Program};
use super::value::{List, Scope, Seen, Val, float_text, push_joined};

/// What a program leaves to minijinja.
#[derive(Debug, PartialEq)]
pub(super) struct Undecided;

/// What minijinja's fuel is counted in: one for a byte, so many for an instruction.
const UNITS: u64 = 64;
/// What a step is counted as: more than the instructions that minijinja has for it.
pub(super) const STEP: u64 = 16 * UNITS;

/// Runs a program and returns the bytes that it printed the options to, counted from where it began.
pub(super) fn run<'s, S: Scope<'s>>(
    program: &'s Program,
    scope: &S,
    out: &mut String,
) -> Result<Option<Range<usize>>, Undecided> {
    let start = out.len();
    let mut machine = Machine::new(scope, start);
    machine.nodes(&program.nodes, out)?;
    Ok(machine.options)
}

/// What running a program is counted as, in minijinja's fuel; `None` where it does not decide.
#[cfg(test)]
pub(super) fn fuel<'s, S: Scope<'s>>(program: &'s Program, scope: &S) -> Option<u64> {
    let mut machine = Machine::new(scope, 0);
    machine.nodes(&program.nodes, &mut String::new()).ok()?;
    Some(FUEL - machine.fuel / UNITS)
}

/// Whether the condition of a program that is one `if` holds.
pub(super) fn holds<'s, S: Scope<'s>>(program: &'s Program, scope: &S) -> Result<bool, Undecided> {
    match program.nodes.as_slice() {
        [Node::If { test, .. }] => Machine::new(scope, 0).truth(test),
        _ => Err(Undecided),
    }
}

/// A program at work on one row.
pub(super) struct Machine<'s, 'm, S: Scope<'s>> {
    pub scope: &'m S,
    /// Names that have been given a value, the innermost last.
    locals: Vec<(Local, Val<'s, S::List>)>,
    rounds: Vec<Round<'s, S::List>>,
    fuel: u64,
    start: usize,
    captures: usize,
    options: Option<Range<usize>>,
}

/// Where a loop stands.
struct Round<'s, L> {
    list: List<'s, L>,
    /// How long the list is, once a body has asked.
    length: Option<usize>,
    at: usize,
    last: bool,
}

impl<'s, 'm, S: Scope<'s>> Machine<'s, 'm, S> {
    fn new(scope: &'m S, start: usize) -> Self {
        Self {
            scope,
            locals: Vec::new(),
            rounds: Vec::new(),
            fuel: FUEL * UNITS,
            start,
            captures: 0,
            options: None,
        }
    }

    /// Counts work, never less than minijinja counts for it.
    pub fn spend(&mut self, units: u64) -> Result<(), Undecided> {
        self.fuel = self.fuel.checked_sub(units).ok_or(Undecided)?;
        Ok(())
    }

    fn nodes(&mut self, nodes: &'s [Node], out: &mut String) -> Result<(), Undecided> {
        for node in nodes {
            self.spend(STEP)?;
            match node {
                Node::Raw(text) => {
                    out.push_str(text);
                    self.spend(text.len() as u64)?;
                }
                Node::Print { name, options } => {
                    let before = out.len();
                    print_seen(self.scope.value(*name), out)?;
                    self.printed(before, out.len(), *options)?;
                }
                Node::Emit { expr, options } => {
                    let before = out.len();
                    self.emit(expr, out)?;
                    self.printed(before, out.len(), *options)?;
                }
                Node::If { test, then, other } => {
                    let branch = if self.truth(test)? { then } else { other };
                    self.nodes(branch, out)?;
                }
                Node::For {
                    item,
                    over,
                    keep,
                    body,
                    other,
                } => self.each(*item, over, keep.as_ref(), body, other, out)?,
                Node::Set { to, value } => {
                    let value = self.eval(value)?;
                    self.locals.push((*to, value));
                }
                Node::Capture { to, body } => {
                    let mut text = String::new();
                    self.captures += 1;
                    self.nodes(body, &mut text)?;
                    self.captures -= 1;
                    self.spend(2 * text.len() as u64)?;
                    self.locals.push((*to, Val::Text(text.into())));
                }
                Node::With { values, body } => {
                    let base = self.locals.len();
                    for (to, value) in values {
                        let value = self.eval(value)?;
                        self.locals.push((*to, value));
                    }
                    self.nodes(body, out)?;
                    self.locals.truncate(base);
                }
            }
        }
        Ok(())
    }

    /// Counts what was printed. The first text that the options print has a place; minijinja records none that is
    /// empty, and none inside a captured text.
    fn printed(&mut self, from: usize, to: usize, options: bool) -> Result<(), Undecided> {
        if options && self.options.is_none() && self.captures == 0 && from < to {
            self.options = Some(from - self.start..to - self.start);
        }
        self.spend((to - from) as u64)
    }

    fn each(
        &mut self,
        item: Local,
        over: &'s Expr,
        keep: Option<&'s Expr>,
        body: &'s [Node],
        other: &'s [Node],
        out: &mut String,
    ) -> Result<(), Undecided> {
        let base = self.locals.len();
        let mut list = match self.eval(over)? {
            Val::List(list) => list,
            Val::Null => List::Const(&[]),
            _ => return Err(Undecided),
        };
        if let Some(keep) = keep {
            let mut kept = Vec::new();
            for value in list.walk() {
                self.spend(STEP)?;
                self.locals.push((item, value.clone()));
                if self.truth(keep)? {
                    kept.push(value);
                }
                self.locals.truncate(base);
            }
            list = List::Made(kept.into());
        }
        let mut walk = list.clone().walk().peekable();
        let empty = walk.peek().is_none();
        self.rounds.push(Round {
            list,
            length: None,
            at: 0,
            last: false,
        });
        let mut at = 0;
        while let Some(value) = walk.next() {
            self.spend(STEP)?;
            if let Some(round) = self.rounds.last_mut() {
                (round.at, round.last) = (at, walk.peek().is_none());
            }
            self.locals.truncate(base);
            self.locals.push((item, value));
            self.nodes(body, out)?;
            at += 1;
        }
        self.rounds.pop();
        self.locals.truncate(base);
        if empty { self.nodes(other, out) } else { Ok(()) }
    }

    /// The value of a name that the body gives one, or else the row.
    pub fn local(&self, local: Local, of_row: Option<usize>) -> Val<'s, S::List> {
        let set = self.locals.iter().rev().find(|(name, _)| *name == local);
        match (set, of_row) {
            (Some((_, value)), _) => value.clone(),
            (None, Some(name)) => self.scope.value(name).into(),
            (None, None) => Val::Undefined,
        }
    }

    pub fn fact(&mut self, fact: LoopFact) -> Result<Val<'s, S::List>, Undecided> {
        let round = self.rounds.last_mut().ok_or(Undecided)?;
        let mut length = || *round.length.get_or_insert_with(|| round.list.len());
        Ok(match fact {
            LoopFact::Index => whole(round.at + 1),
            LoopFact::Index0 => whole(round.at),
            LoopFact::Length => whole(length()),
            LoopFact::RevIndex => whole(length().saturating_sub(round.at)),
            LoopFact::RevIndex0 => whole(length().saturating_sub(round.at + 1)),
            LoopFact::First => Val::Bool(round.at == 0),
            LoopFact::Last => Val::Bool(round.last),
        })
    }

    /// Prints the value of an expression, without making it first where that can be helped.
    fn emit(&mut self, expr: &'s Expr, out: &mut String) -> Result<(), Undecided> {
        self.spend(STEP)?;
        match expr {
            Expr::Name(name) => print_seen(self.scope.value(*name), out),
            Expr::Concat(left, right) => {
                let before = out.len();
                self.emit(left, out)?;
                self.emit(right, out)?;
                self.spend(2 * (out.len() - before) as u64)
            }
            Expr::If { test, then, other } => match (self.truth(test)?, other) {
                (true, _) => self.emit(then, out),
                (false, Some(other)) => self.emit(other, out),
                (false, None) => Ok(()),
            },
            Expr::Filter(Filter::Join, of, args) => self.join(of, args, out),
            Expr::Filter(Filter::Replace, of, args) => self.replace(of, args, out),
            _ => {
                let value = self.eval(expr)?;
                print(&value, out)
            }
        }
    }

    /// `+`, `-` and `*`, where neither side has to become another type but a whole number a float.
    pub fn math(&mut self, math: Math, left: &'s Expr, right: &'s Expr) -> Result<Val<'s, S::List>, Undecided> {
        let (left, right) = (self.eval(left)?, self.eval(right)?);
        let floats = |left: f64, right: f64| {
            let result = match math {
                Math::Add => left + right,
                Math::Sub => left - right,
                Math::Mul => left * right,
            };
            if result.is_finite() {
                Ok(Val::Float(result))
            } else {
                Err(Undecided)
            }
        };
        match (left, right) {
            (Val::Int(left), Val::Int(right)) => {
                let result = match math {
                    Math::Add => left.checked_add(right),
                    Math::Sub => left.checked_sub(right),
                    Math::Mul => left.checked_mul(right),
                };
                result.map(Val::Int).ok_or(Undecided)
            }
            (Val::Float(left), Val::Float(right)) => floats(left, right),
            (Val::Float(left), Val::Int(right)) => floats(left, right as f64),
            (Val::Int(left), Val::Float(right)) => floats(left as f64, right),
            (Val::Text(left), Val::Text(right)) if math == Math::Add => {
                self.spend(2 * (left.len() + right.len()) as u64)?;
                Ok(Val::Text(left + right))
            }
            _ => Err(Undecided),
        }
    }
}

/// A count as a value.
pub(super) fn whole<'s, L>(count: usize) -> Val<'s, L> {
    Val::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

fn print_seen<'s, L: Iterator<Item = &'s str>>(seen: Seen<'s, L>, out: &mut String) -> Result<(), Undecided> {
    match seen {
        Seen::Text(text) | Seen::Number(text) => out.push_str(text),
        Seen::Bool(flag) => out.push_str(if flag { "True" } else { "False" }),
        Seen::Joined { head, between, items } => push_joined(out, head, between, items),
        Seen::Undefined | Seen::Null | Seen::List(_) => return Err(Undecided),
    }
    Ok(())
}

/// Prints a value as minijinja does. A null or a list is an error in a body, and `None` or `[..]` in a filter.
pub(super) fn print<L>(value: &Val<'_, L>, out: &mut String) -> Result<(), Undecided> {
    match value {
        Val::Text(text) => out.push_str(text),
        Val::Int(whole) => out.push_str(&whole.to_string()),
        Val::Float(float) => out.push_str(&float_text(*float)),
        Val::Bool(flag) => out.push_str(if *flag { "True" } else { "False" }),
        Val::Silent => {}
        Val::Undefined | Val::Null | Val::List(_) => return Err(Undecided),
    }
    Ok(())
}
