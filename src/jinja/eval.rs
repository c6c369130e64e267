//! Evaluates the expressions of a program: lookups, comparisons, tests.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::program::{Compare, Expr, Test};
use super::run::{Machine, STEP, Undecided};
use super::value::{List, Scope, Val};

/// The value of an expression in a scope.
pub(super) type Value<'s, S> = Val<'s, <S as Scope<'s>>::List>;

/// Whole numbers up to here are the same as floats.
const EXACT: i64 = 1 << 53;

impl<'s, S: Scope<'s>> Machine<'s, '_, S> {
    pub fn eval(&mut self, expr: &'s Expr) -> Result<Value<'s, S>, Undecided> {
        self.spend(STEP)?;
        match expr {
            Expr::Const(value) => Ok(Val::from(value)),
            Expr::Name(name) => Ok(self.scope.value(*name).into()),
            Expr::Local(local, of_row) => Ok(self.local(*local, *of_row)),
            Expr::Loop(fact) => self.fact(*fact),
            Expr::List(items) => {
                let items: Vec<_> = items.iter().map(|item| self.eval(item)).collect::<Result<_, _>>()?;
                Ok(Val::List(List::Made(items.into())))
            }
            Expr::Item(of, at) => self.item(of, at),
            Expr::Slice { of, start, stop } => self.slice(of, start.as_deref(), stop.as_deref()),
            Expr::Not(of) => Ok(Val::Bool(!self.truth(of)?)),
            Expr::And(left, right) => {
                let left = self.eval(left)?;
                if truth(&left)? { self.eval(right) } else { Ok(left) }
            }
            Expr::Or(left, right) => {
                let left = self.eval(left)?;
                if truth(&left)? { Ok(left) } else { self.eval(right) }
            }
            Expr::Compare(first, links) => self.chain(first, links),
            Expr::Math(math, left, right) => self.math(*math, left, right),
            Expr::Concat(left, right) => {
                let (left, right) = (self.eval(left)?, self.eval(right)?);
                let mut out = String::new();
                super::run::print(&left, &mut out)?;
                super::run::print(&right, &mut out)?;
                self.spend(2 * out.len() as u64)?;
                Ok(Val::Text(Cow::Owned(out)))
            }
            Expr::If { test, then, other } => match (self.truth(test)?, other) {
                (true, _) => self.eval(then),
                (false, Some(other)) => self.eval(other),
                (false, None) => Ok(Val::Silent),
            },
            Expr::Filter(filter, of, args) => self.filter(*filter, of, args),
            Expr::Test(test, of, args) => {
                let of = self.eval(of)?;
                let args: Vec<_> = args.iter().map(|arg| self.eval(arg)).collect::<Result<_, _>>()?;
                self.test(*test, &of, &args).map(Val::Bool)
            }
        }
    }

    pub fn truth(&mut self, expr: &'s Expr) -> Result<bool, Undecided> {
        truth(&self.eval(expr)?)
    }

    /// The value of an expression that has to be a text.
    pub fn text(&mut self, expr: &'s Expr) -> Result<Cow<'s, str>, Undecided> {
        match self.eval(expr)? {
            Val::Text(text) => Ok(text),
            _ => Err(Undecided),
        }
    }

    fn item(&mut self, of: &'s Expr, at: &'s Expr) -> Result<Value<'s, S>, Undecided> {
        // A list that is written out is not made: only the item that is asked for is kept.
        if let Expr::List(items) = of {
            let at = place(index(&self.eval(at)?)?, || items.len());
            let mut found = Val::Undefined;
            for (place, item) in items.iter().enumerate() {
                let value = self.eval(item)?;
                if Some(place) == at {
                    found = value;
                }
            }
            return Ok(found);
        }
        let of = self.eval(of)?;
        let at = index(&self.eval(at)?)?;
        let found = match of {
            Val::List(List::Lazy(_)) if at < 0 => return Err(Undecided),
            Val::List(list) => {
                let at = place(at, || list.len());
                self.spend(32 * at.unwrap_or(0) as u64)?;
                at.and_then(|at| list.get(at))
            }
            Val::Text(text) => {
                self.spend(text.len() as u64)?;
                let found = place(at, || text.chars().count()).and_then(|at| text.chars().nth(at));
                found.map(|c| Val::Text(Cow::Owned(c.to_string())))
            }
            _ => return Err(Undecided),
        };
        Ok(found.unwrap_or(Val::Undefined))
    }

    fn slice(
        &mut self,
        of: &'s Expr,
        start: Option<&'s Expr>,
        stop: Option<&'s Expr>,
    ) -> Result<Value<'s, S>, Undecided> {
        let of = self.eval(of)?;
        let mut bound = |expr: Option<&'s Expr>| match expr.map(|expr| self.eval(expr)).transpose()? {
            None | Some(Val::Null) => Ok(None),
            Some(Val::Int(at)) => Ok(Some(at)),
            Some(_) => Err(Undecided),
        };
        let (start, stop) = (bound(start)?, bound(stop)?);
        match of {
            Val::Text(text) => {
                self.spend(2 * text.len() as u64)?;
                let range = range(start, stop, || text.chars().count());
                let byte = |at: usize| text.char_indices().nth(at).map_or(text.len(), |(at, _)| at);
                let (from, to) = (byte(range.start), byte(range.end));
                Ok(Val::Text(match text {
                    Cow::Borrowed(text) => Cow::Borrowed(&text[from..to]),
                    Cow::Owned(text) => Cow::Owned(text[from..to].to_string()),
                }))
            }
            Val::List(list) if !matches!(list, List::Lazy(_)) => {
                let range = range(start, stop, || list.len());
                let items: Vec<_> = list.walk().skip(range.start).take(range.len()).collect();
                self.spend(64 * items.len() as u64)?;
                Ok(Val::List(List::Lazy(items.into())))
            }
            _ => Err(Undecided),
        }
    }

    fn chain(&mut self, first: &'s Expr, links: &'s [(Compare, Expr)]) -> Result<Value<'s, S>, Undecided> {
        let mut left = self.eval(first)?;
        for (compare, right) in links {
            // A list that is written out and only looked through is not made.
            if let (Compare::In | Compare::NotIn, Expr::List(items), 1) = (compare, right, links.len()) {
                let mut found = false;
                defined(&left)?;
                for item in items {
                    let item = self.eval(item)?;
                    found = found || equal(&item, &left)?;
                }
                return Ok(Val::Bool(found == (*compare == Compare::In)));
            }
            let right = self.eval(right)?;
            if !self.compare(*compare, &left, &right)? {
                return Ok(Val::Bool(false));
            }
            left = right;
        }
        Ok(Val::Bool(true))
    }

    pub fn compare(&mut self, compare: Compare, left: &Value<'s, S>, right: &Value<'s, S>) -> Result<bool, Undecided> {
        Ok(match compare {
            Compare::Eq => equal(left, right)?,
            Compare::Ne => !equal(left, right)?,
            Compare::Lt => order(left, right)?.is_lt(),
            Compare::Le => order(left, right)?.is_le(),
            Compare::Gt => order(left, right)?.is_gt(),
            Compare::Ge => order(left, right)?.is_ge(),
            Compare::In => self.contains(right, left)?,
            Compare::NotIn => !self.contains(right, left)?,
        })
    }

    fn contains(&mut self, holder: &Value<'s, S>, value: &Value<'s, S>) -> Result<bool, Undecided> {
        defined(value)?;
        match (holder, value) {
            (Val::Text(holder), Val::Text(value)) => {
                self.spend(holder.len() as u64)?;
                Ok(holder.contains(value.as_ref()))
            }
            (Val::List(list), value) => {
                for item in list.clone().walk() {
                    self.spend(64)?;
                    if equal(&item, value)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            _ => Err(Undecided),
        }
    }

    pub fn test(&mut self, test: Test, of: &Value<'s, S>, args: &[Value<'s, S>]) -> Result<bool, Undecided> {
        Ok(match (test, of, args) {
            (Test::Defined, of, _) => !matches!(of, Val::Undefined | Val::Silent),
            (Test::Undefined, of, _) => matches!(of, Val::Undefined | Val::Silent),
            (Test::None, of, _) => matches!(of, Val::Null),
            (Test::Boolean, of, _) => matches!(of, Val::Bool(_)),
            (Test::True, of, _) => matches!(of, Val::Bool(true)),
            (Test::False, of, _) => matches!(of, Val::Bool(false)),
            (Test::Number, of, _) => matches!(of, Val::Bool(_) | Val::Int(_) | Val::Float(_)),
            (Test::String, of, _) => matches!(of, Val::Text(_)),
            (Test::Odd, Val::Int(whole), _) => whole % 2 != 0,
            (Test::Even, Val::Int(whole), _) => whole % 2 == 0,
            (Test::StartingWith, Val::Text(of), [Val::Text(with)]) => of.starts_with(with.as_ref()),
            (Test::EndingWith, Val::Text(of), [Val::Text(with)]) => of.ends_with(with.as_ref()),
            (Test::Compare(compare), of, [with]) => self.compare(compare, of, with)?,
            _ => return Err(Undecided),
        })
    }
}

/// Whether a value counts as true.
pub(super) fn truth<'s, L: Iterator<Item = &'s str> + Clone>(value: &Val<'s, L>) -> Result<bool, Undecided> {
    Ok(match value {
        Val::Undefined | Val::List(List::Lazy(_)) => return Err(Undecided),
        Val::Silent | Val::Null => false,
        Val::Bool(flag) => *flag,
        Val::Int(whole) => *whole != 0,
        Val::Float(float) => *float != 0.0,
        Val::Text(text) => !text.is_empty(),
        Val::List(list) => !list.is_empty(),
    })
}

fn defined<L>(value: &Val<'_, L>) -> Result<(), Undecided> {
    match value {
        Val::Undefined | Val::Silent => Err(Undecided),
        _ => Ok(()),
    }
}

fn equal<L>(left: &Val<'_, L>, right: &Val<'_, L>) -> Result<bool, Undecided> {
    defined(left)?;
    defined(right)?;
    Ok(match (left, right) {
        (Val::Null, Val::Null) => true,
        (Val::Text(left), Val::Text(right)) => left == right,
        (Val::Bool(left), Val::Bool(right)) => left == right,
        (Val::Bool(flag), Val::Int(whole)) | (Val::Int(whole), Val::Bool(flag)) => i64::from(*flag) == *whole,
        (Val::List(_), Val::List(_)) | (Val::Bool(_), Val::Float(_)) | (Val::Float(_), Val::Bool(_)) => {
            return Err(Undecided);
        }
        (Val::Int(_) | Val::Float(_), Val::Int(_) | Val::Float(_)) => order(left, right)?.is_eq(),
        _ => false,
    })
}

/// The order of two texts or two numbers.
fn order<L>(left: &Val<'_, L>, right: &Val<'_, L>) -> Result<Ordering, Undecided> {
    let exact = |whole: i64| (-EXACT..=EXACT).contains(&whole).then_some(whole as f64);
    let ordering = match (left, right) {
        (Val::Text(left), Val::Text(right)) => Some(left.cmp(right)),
        (Val::Int(left), Val::Int(right)) => Some(left.cmp(right)),
        (Val::Float(left), Val::Float(right)) => left.partial_cmp(right),
        (Val::Int(left), Val::Float(right)) => exact(*left).and_then(|left| left.partial_cmp(right)),
        (Val::Float(left), Val::Int(right)) => exact(*right).and_then(|right| left.partial_cmp(&right)),
        _ => None,
    };
    ordering.ok_or(Undecided)
}

/// What an index says: a whole number, or a bool as 0 and 1.
fn index<L>(at: &Val<'_, L>) -> Result<i64, Undecided> {
    match at {
        Val::Int(at) => Ok(*at),
        Val::Bool(flag) => Ok(i64::from(*flag)),
        _ => Err(Undecided),
    }
}

/// The place that an index means, from the end where it is negative; `None` where that is before the first.
fn place(at: i64, len: impl Fn() -> usize) -> Option<usize> {
    match usize::try_from(at) {
        Ok(at) => Some(at),
        Err(_) => len().checked_sub(usize::try_from(at.unsigned_abs()).ok()?),
    }
}

/// The items from a start to a stop, each counted from the end where it is negative.
fn range(start: Option<i64>, stop: Option<i64>, len: impl Fn() -> usize) -> std::ops::Range<usize> {
    let place = |at: i64| match usize::try_from(at) {
        Ok(at) => at,
        Err(_) => len().saturating_sub(usize::try_from(at.unsigned_abs()).unwrap_or(usize::MAX)),
    };
    let from = start.map_or(0, place);
    let to = stop.map_or(usize::MAX, place);
    from..to.max(from)
}
