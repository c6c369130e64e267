//! The bodies and conditions of a dataset, each lowered to a program where it can be, and minijinja behind them.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use minijinja::Value;

use super::engine::{Engine, Row};
use super::lower::lower;
use super::program::{Program, Reason};
use super::run;
use super::value::{Number, Scope, Seen, number, push_joined};

/// Texts that are compiled once and rendered for many rows.
///
/// A program and minijinja give the same texts, the same places and the same failures. Where a program cannot decide,
/// minijinja renders the row instead, and says what is wrong where something is.
pub struct Bodies {
    engine: Engine,
    names: Arc<[String]>,
    bodies: Vec<Body>,
    lowering: bool,
    undecided: AtomicU64,
}

struct Body {
    /// What the engine knows it by.
    key: String,
    program: Result<Program, Reason>,
}

impl Bodies {
    /// For texts that may read these names.
    pub fn new(names: Vec<String>) -> Self {
        Self {
            engine: Engine::default(),
            names: names.into(),
            bodies: Vec::new(),
            lowering: true,
            undecided: AtomicU64::new(0),
        }
    }

    /// As [`Bodies::new`], with everything run by minijinja: what programs are held to.
    pub fn on_minijinja(names: Vec<String>) -> Self {
        Self {
            lowering: false,
            ..Self::new(names)
        }
    }

    /// Compiles a body and returns its number. A text that is no template is an error, in minijinja's words.
    pub fn add(&mut self, body: &str) -> Result<usize, String> {
        let key = self.bodies.len().to_string();
        self.engine.add_body(&key, body)?;
        let program = if self.lowering {
            lower(body, &self.names)
        } else {
            Err(Reason("everything runs on minijinja".to_string()))
        };
        self.bodies.push(Body { key, program });
        Ok(self.bodies.len() - 1)
    }

    /// Compiles a condition, for [`Bodies::holds`].
    pub fn add_condition(&mut self, condition: &str) -> Result<usize, String> {
        self.add(&format!("{{% if {condition} %}}1{{% endif %}}"))
    }

    /// Why a body runs on minijinja, where it does.
    pub fn lowered(&self, body: usize) -> Result<(), &Reason> {
        self.bodies[body].program.as_ref().map(|_| ())
    }

    /// How many rows programs have left to minijinja.
    pub fn undecided(&self) -> u64 {
        self.undecided.load(Ordering::Relaxed)
    }

    /// Appends a body with the values of a row, and returns the bytes that `{{ options }}` printed, counted from where
    /// the body began. On an error, which says why, `out` is as it was.
    pub fn render<'s, S: Scope<'s>>(
        &'s self,
        body: usize,
        scope: &S,
        out: &mut String,
    ) -> Result<Option<Range<usize>>, String> {
        let body = &self.bodies[body];
        if let Ok(program) = &body.program {
            let start = out.len();
            match run::run(program, scope, out) {
                Ok(options) => return Ok(options),
                Err(run::Undecided) => out.truncate(start),
            }
            self.undecided.fetch_add(1, Ordering::Relaxed);
        }
        let rendered = self.engine.render(&body.key, &self.row(scope))?;
        out.push_str(&rendered.text);
        Ok(rendered.options)
    }

    /// Whether a condition holds for a row.
    pub fn holds<'s, S: Scope<'s>>(&'s self, condition: usize, scope: &S) -> Result<bool, String> {
        let body = &self.bodies[condition];
        if let Ok(program) = &body.program {
            if let Ok(holds) = run::holds(program, scope) {
                return Ok(holds);
            }
            self.undecided.fetch_add(1, Ordering::Relaxed);
        }
        self.engine.holds(&body.key, &self.row(scope))
    }

    fn row<'s, S: Scope<'s>>(&self, scope: &S) -> Row {
        let values = (0..self.names.len()).map(|name| value(scope.value(name)));
        Row::new(self.names.clone(), values.collect())
    }
}

/// A value as minijinja has it.
pub(super) fn value<'s, L: Iterator<Item = &'s str>>(seen: Seen<'s, L>) -> Value {
    match seen {
        Seen::Undefined => Value::UNDEFINED,
        Seen::Null => Value::from(()),
        Seen::Bool(flag) => Value::from(flag),
        Seen::Number(text) => match number(text) {
            Number::Whole(whole) => Value::from(whole),
            Number::Float(float) => Value::from(float),
            Number::Text(text) => Value::from(text),
        },
        Seen::Text(text) => Value::from(text),
        Seen::List(items) => items.map(Value::from).collect(),
        Seen::Joined { head, between, items } => {
            let mut out = String::new();
            push_joined(&mut out, head, between, items);
            Value::from(out)
        }
    }
}
