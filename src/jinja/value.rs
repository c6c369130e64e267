//! What bodies see of a row, and the values a program computes from it.

use std::borrow::Cow;
use std::rc::Rc;

use super::program::Const;

/// A value of a row, as minijinja would see it, with nothing copied.
#[derive(Clone, Debug)]
pub enum Seen<'s, L> {
    Undefined,
    Null,
    Bool(bool),
    /// A decimal in its one form: no exponent, no superfluous zeros, no `-0`.
    Number(&'s str),
    Text(&'s str),
    List(L),
    /// A text made of a beginning and items with something between them.
    Joined {
        head: &'static str,
        between: &'static str,
        items: L,
    },
}

impl<'s, L> Seen<'s, L> {
    /// The same with another kind of list.
    pub fn map_list<M>(self, list: impl FnOnce(L) -> M) -> Seen<'s, M> {
        match self {
            Self::Undefined => Seen::Undefined,
            Self::Null => Seen::Null,
            Self::Bool(flag) => Seen::Bool(flag),
            Self::Number(text) => Seen::Number(text),
            Self::Text(text) => Seen::Text(text),
            Self::List(items) => Seen::List(list(items)),
            Self::Joined { head, between, items } => Seen::Joined {
                head,
                between,
                items: list(items),
            },
        }
    }
}

/// Where a body finds the values of the names it reads, by the place of each among the names it was compiled for.
pub trait Scope<'s> {
    /// The items of a list, which are texts.
    type List: Iterator<Item = &'s str> + Clone;

    fn value(&self, name: usize) -> Seen<'s, Self::List>;
}

/// A decimal as minijinja computes with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number<'s> {
    Whole(i64),
    Float(f64),
    /// One that neither holds without a loss.
    Text(&'s str),
}

/// A number that computes as one where that prints the same, else its text.
pub(super) fn number(text: &str) -> Number<'_> {
    if let Ok(whole) = text.parse::<i64>() {
        return Number::Whole(whole);
    }
    match text.parse::<f64>() {
        Ok(float) if float.is_finite() && float_text(float) == text => Number::Float(float),
        _ => Number::Text(text),
    }
}

/// A finite number as minijinja prints it.
pub(super) fn float_text(float: f64) -> String {
    let mut text = float.to_string();
    if !text.contains('.') {
        text.push_str(".0");
    }
    text
}

/// A value while a program runs.
#[derive(Clone, Debug)]
pub(super) enum Val<'s, L> {
    Undefined,
    /// What an `if` without an `else` gives: it prints as nothing.
    Silent,
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Cow<'s, str>),
    List(List<'s, L>),
}

/// A list while a program runs.
#[derive(Clone, Debug)]
pub(super) enum List<'s, L> {
    Given(L),
    Const(&'s [Const]),
    Made(Rc<[Val<'s, L>]>),
    /// A part of another list, which minijinja holds back until it is walked through.
    Lazy(Rc<[Val<'s, L>]>),
}

impl<'s, L: Iterator<Item = &'s str> + Clone> List<'s, L> {
    pub fn len(&self) -> usize {
        match self {
            Self::Given(items) => items.clone().count(),
            Self::Const(items) => items.len(),
            Self::Made(items) | Self::Lazy(items) => items.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.clone().walk().next().is_none()
    }

    pub fn get(&self, at: usize) -> Option<Val<'s, L>> {
        match self {
            Self::Given(items) => items.clone().nth(at).map(text),
            Self::Const(items) => items.get(at).map(Val::from),
            Self::Made(items) | Self::Lazy(items) => items.get(at).cloned(),
        }
    }

    /// The items in order.
    pub fn walk(self) -> Walk<'s, L> {
        Walk { list: self, at: 0 }
    }
}

/// A walk through a list.
pub(super) struct Walk<'s, L> {
    list: List<'s, L>,
    at: usize,
}

impl<'s, L: Iterator<Item = &'s str> + Clone> Iterator for Walk<'s, L> {
    type Item = Val<'s, L>;

    fn next(&mut self) -> Option<Val<'s, L>> {
        if let List::Given(items) = &mut self.list {
            return items.next().map(text);
        }
        self.at += 1;
        self.list.get(self.at - 1)
    }
}

/// A text that stays where it is.
pub(super) fn text<'s, L>(text: &'s str) -> Val<'s, L> {
    Val::Text(Cow::Borrowed(text))
}

impl<'s, L> From<&'s Const> for Val<'s, L> {
    fn from(value: &'s Const) -> Self {
        match value {
            Const::Null => Self::Null,
            Const::Bool(flag) => Self::Bool(*flag),
            Const::Int(whole) => Self::Int(*whole),
            Const::Float(float) => Self::Float(*float),
            Const::Text(text) => Self::Text(Cow::Borrowed(text)),
            Const::List(items) => Self::List(List::Const(items)),
        }
    }
}

impl<'s, L: Iterator<Item = &'s str> + Clone> From<Seen<'s, L>> for Val<'s, L> {
    fn from(seen: Seen<'s, L>) -> Self {
        match seen {
            Seen::Undefined => Self::Undefined,
            Seen::Null => Self::Null,
            Seen::Bool(flag) => Self::Bool(flag),
            Seen::Number(text) => match number(text) {
                Number::Whole(whole) => Self::Int(whole),
                Number::Float(float) => Self::Float(float),
                Number::Text(text) => Self::Text(Cow::Borrowed(text)),
            },
            Seen::Text(text) => Self::Text(Cow::Borrowed(text)),
            Seen::List(items) => Self::List(List::Given(items)),
            Seen::Joined { head, between, items } => {
                let mut out = String::new();
                push_joined(&mut out, head, between, items);
                Self::Text(Cow::Owned(out))
            }
        }
    }
}

/// Writes a text that is made of items.
pub(super) fn push_joined<'s>(out: &mut String, head: &str, between: &str, items: impl Iterator<Item = &'s str>) {
    out.push_str(head);
    for (at, item) in items.enumerate() {
        if at > 0 {
            out.push_str(between);
        }
        out.push_str(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compute_only_where_they_print_the_same() {
        assert_eq!(number("12"), Number::Whole(12));
        assert_eq!(number("-0.5"), Number::Float(-0.5));
        for text in ["12345678901234567890", "0.1234567890123456789012345"] {
            assert_eq!(number(text), Number::Text(text));
        }
        assert_eq!(float_text(2.0), "2.0");
    }
}
