//! The filters of a program. What they give is what minijinja's give: texts that need its tables of letters are left
//! to it.

use std::borrow::Cow;

use super::eval::{Value, truth};
use super::program::{Expr, Filter};
use super::run::{Machine, STEP, Undecided, print, whole};
use super::value::{List, Scope, Val, text};

/// Digits that always fit a whole number.
const DIGITS: usize = 18;

impl<'s, S: Scope<'s>> Machine<'s, '_, S> {
    pub fn filter(&mut self, filter: Filter, of: &'s Expr, args: &'s [Expr]) -> Result<Value<'s, S>, Undecided> {
        match filter {
            Filter::Join => self.made(|machine, out| machine.join(of, args, out)),
            Filter::Replace => self.made(|machine, out| machine.replace(of, args, out)),
            Filter::Default => self.default(of, args),
            Filter::Select(keep, test) => {
                let Val::List(list) = self.eval(of)? else {
                    return Err(Undecided);
                };
                let args: Vec<_> = args.iter().map(|arg| self.eval(arg)).collect::<Result<_, _>>()?;
                let mut kept = Vec::new();
                for item in list.walk() {
                    self.spend(STEP)?;
                    let passes = match test {
                        Some(test) => self.test(test, &item, &args)?,
                        None => truth(&item)?,
                    };
                    if passes == keep {
                        kept.push(item);
                    }
                }
                Ok(Val::List(List::Made(kept.into())))
            }
            Filter::Split => {
                let (of, at) = (self.text(of)?, self.text(&args[0])?);
                self.pieces(of, |text| text.split(at.as_ref()))
            }
            Filter::Lines => {
                let of = self.text(of)?;
                self.pieces(of, str::lines)
            }
            Filter::Trim => {
                let of = self.text(of)?;
                let set = args.first().map(|set| self.text(set)).transpose()?;
                self.spend(2 * of.len() as u64)?;
                Ok(Val::Text(match of {
                    Cow::Borrowed(of) => Cow::Borrowed(trimmed(of, set.as_deref())),
                    Cow::Owned(of) => Cow::Owned(trimmed(&of, set.as_deref()).to_string()),
                }))
            }
            _ => {
                let of = self.eval(of)?;
                if let Val::Text(text) = &of {
                    self.spend(4 * text.len() as u64)?;
                }
                self.simple(filter, of)
            }
        }
    }

    /// Filters of one value.
    fn simple(&mut self, filter: Filter, of: Value<'s, S>) -> Result<Value<'s, S>, Undecided> {
        Ok(match (filter, of) {
            (Filter::Length, Val::Text(text)) => whole(text.chars().count()),
            (Filter::Length, Val::List(list)) if !matches!(list, List::Lazy(_)) => whole(list.len()),
            (Filter::First, Val::Text(text)) => character(text.chars().next()),
            (Filter::First, Val::List(list)) => list.get(0).unwrap_or(Val::Undefined),
            (Filter::Last, Val::Text(text)) => character(text.chars().next_back()),
            (Filter::Last, Val::List(list)) => {
                self.spend(64 * list.len() as u64)?;
                list.walk().last().unwrap_or(Val::Undefined)
            }
            (Filter::Reverse, Val::Text(text)) => Val::Text(text.chars().rev().collect()),
            (Filter::Reverse, Val::List(list)) => {
                let mut items: Vec<_> = list.walk().collect();
                self.spend(64 * items.len() as u64)?;
                items.reverse();
                Val::List(List::Lazy(items.into()))
            }
            (Filter::Upper, Val::Text(text)) => Val::Text(Cow::Owned(text.to_uppercase())),
            (Filter::Lower, Val::Text(text)) => Val::Text(Cow::Owned(text.to_lowercase())),
            (Filter::Capitalize, Val::Text(text)) if text.is_ascii() => {
                let mut text = text.to_ascii_lowercase();
                if let Some(first) = text.get_mut(..1) {
                    first.make_ascii_uppercase();
                }
                Val::Text(Cow::Owned(text))
            }
            (Filter::Title, Val::Text(text)) if text.is_ascii() => Val::Text(Cow::Owned(titled(&text))),
            (Filter::String, Val::Text(text)) => Val::Text(text),
            (Filter::String, value @ (Val::Int(_) | Val::Float(_) | Val::Bool(_))) => {
                let mut out = String::new();
                print(&value, &mut out)?;
                Val::Text(Cow::Owned(out))
            }
            (Filter::Int, Val::Int(whole)) => Val::Int(whole),
            (Filter::Int, Val::Bool(flag)) => Val::Int(i64::from(flag)),
            (Filter::Int, Val::Text(text)) => {
                let digits = text.strip_prefix(['-', '+']).unwrap_or(&text);
                if digits.is_empty() || digits.len() > DIGITS || !digits.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(Undecided);
                }
                text.parse().map(Val::Int).map_err(|_| Undecided)?
            }
            (Filter::Abs, Val::Int(whole)) => whole.checked_abs().map(Val::Int).ok_or(Undecided)?,
            (Filter::Abs, Val::Float(float)) => Val::Float(float.abs()),
            _ => return Err(Undecided),
        })
    }

    fn default(&mut self, of: &'s Expr, args: &'s [Expr]) -> Result<Value<'s, S>, Undecided> {
        let of = self.eval(of)?;
        let other = match args.first() {
            Some(other) => self.eval(other)?,
            None => Val::Text(Cow::Borrowed("")),
        };
        let lax = match args.get(1) {
            Some(lax) => self.truth(lax)?,
            None => false,
        };
        for text in [&of, &other] {
            if let Val::Text(text) = text {
                self.spend(2 * text.len() as u64)?;
            }
        }
        let missing = matches!(of, Val::Undefined | Val::Silent) || (lax && !truth(&of)?);
        Ok(if missing { other } else { of })
    }

    fn made(
        &mut self,
        write: impl FnOnce(&mut Self, &mut String) -> Result<(), Undecided>,
    ) -> Result<Value<'s, S>, Undecided> {
        let mut out = String::new();
        write(self, &mut out)?;
        Ok(Val::Text(Cow::Owned(out)))
    }

    /// The parts of a text, which stay where they are.
    fn pieces<I: Iterator<Item = &'s str>>(
        &mut self,
        of: Cow<'s, str>,
        cut: impl Fn(&'s str) -> I,
    ) -> Result<Value<'s, S>, Undecided> {
        self.spend(4 * of.len() as u64)?;
        let Cow::Borrowed(of) = of else {
            return Err(Undecided);
        };
        let items: Vec<Value<'s, S>> = cut(of).map(text).collect();
        self.spend(128 * items.len() as u64)?;
        Ok(Val::List(List::Made(items.into())))
    }

    /// Writes the items of a list with a text between them.
    pub fn join(&mut self, of: &'s Expr, args: &'s [Expr], out: &mut String) -> Result<(), Undecided> {
        let of = self.eval(of)?;
        let between = args.first().map(|between| self.text(between)).transpose()?;
        let list = match of {
            Val::List(list) => list,
            Val::Null => return Ok(()),
            _ => return Err(Undecided),
        };
        for (at, item) in list.walk().enumerate() {
            let before = out.len();
            if at > 0 {
                out.push_str(between.as_deref().unwrap_or_default());
            }
            print(&item, out)?;
            self.spend(64 + 4 * (out.len() - before) as u64)?;
        }
        Ok(())
    }

    /// Writes a text with every occurrence of another replaced.
    pub fn replace(&mut self, of: &'s Expr, args: &'s [Expr], out: &mut String) -> Result<(), Undecided> {
        let of = self.text(of)?;
        let (from, to) = (self.text(&args[0])?, self.text(&args[1])?);
        self.spend(8 * of.len() as u64)?;
        let mut rest = 0;
        for (at, found) in of.match_indices(from.as_ref()) {
            out.push_str(&of[rest..at]);
            out.push_str(&to);
            rest = at + found.len();
            self.spend(4 * to.len() as u64)?;
        }
        out.push_str(&of[rest..]);
        Ok(())
    }
}

fn trimmed<'t>(text: &'t str, set: Option<&str>) -> &'t str {
    match set {
        Some(set) => text.trim_matches(|c| set.contains(c)),
        None => text.trim(),
    }
}

fn character<'s, L>(found: Option<char>) -> Val<'s, L> {
    found.map_or(Val::Undefined, |c| Val::Text(Cow::Owned(c.to_string())))
}

/// Every word of an ASCII text with a capital letter first.
fn titled(text: &str) -> String {
    let mut begins = true;
    let letter = |c: char| {
        let apart = c.is_whitespace() || matches!(c, '-' | '(' | '{' | '[' | '<');
        let written = if begins {
            c.to_ascii_uppercase()
        } else {
            c.to_ascii_lowercase()
        };
        begins = apart;
        written
    };
    text.chars().map(letter).collect()
}
