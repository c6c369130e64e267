//! Rendering: bodies compiled once, rows given as values.

use std::ops::Range;
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Enumerator, Object, ValueKind};
use minijinja::{Environment, Error, ErrorKind, OutputSpanKind, UndefinedBehavior, Value};

use super::more;

/// Steps a body may take for one row; a loop over a long list needs a few for each item.
pub(super) const FUEL: u64 = 5_000_000;

/// Jinja's own marks, and a final newline that stays: what ends a body is decided where it is read.
pub(super) fn syntax() -> SyntaxConfig {
    let mut syntax = SyntaxConfig::builder();
    syntax.keep_trailing_newline(true);
    syntax.build().expect("Jinja's own marks")
}

/// The environment every body and condition is read in.
pub(super) fn environment() -> Environment<'static> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_syntax(syntax());
    env.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    env.set_fuel(Some(FUEL));
    env.remove_global("debug");
    more::add(&mut env);
    env.set_formatter(|out, state, value| match value.kind() {
        ValueKind::None => Err(Error::new(ErrorKind::InvalidOperation, "a null is printed here")),
        ValueKind::Seq | ValueKind::Iterable | ValueKind::Map => Err(Error::new(
            ErrorKind::InvalidOperation,
            "a whole list is printed here; join it or loop over it",
        )),
        _ => minijinja::escape_formatter(out, state, value),
    });
    env
}

/// Whether the expression of a `{{ }}` is the options and nothing else.
pub(super) fn prints_options(source: &str) -> bool {
    source.trim() == "options"
}

/// The bodies and conditions of one dataset, compiled, each under a key of the caller's.
pub struct Engine {
    env: Environment<'static>,
}

/// What a body made of a row.
#[derive(Debug, Default, PartialEq)]
pub struct Rendered {
    pub text: String,
    /// The bytes of `text` that `{{ options }}` printed.
    pub options: Option<Range<usize>>,
}

impl Default for Engine {
    fn default() -> Self {
        Self { env: environment() }
    }
}

impl Engine {
    /// Compiles a body. The catalog has read it before, so a failure here is a fault of ours.
    pub fn add_body(&mut self, key: &str, body: &str) -> Result<(), String> {
        self.env
            .add_template_owned(key.to_string(), body.to_string())
            .map_err(|error| error.to_string())
    }

    /// Compiles a condition.
    pub fn add_condition(&mut self, key: &str, condition: &str) -> Result<(), String> {
        self.add_body(key, &format!("{{% if {condition} %}}1{{% endif %}}"))
    }

    pub fn render(&self, key: &str, row: &Row) -> Result<Rendered, String> {
        let template = self.env.get_template(key).map_err(|error| error.to_string())?;
        let (text, spans) = template.render_with_spans(row.value()).map_err(|error| say(&error))?;
        let options = spans
            .iter()
            .filter(|span| span.kind() == OutputSpanKind::Expression)
            .find(|span| template.source().get(span.source_range()).is_some_and(prints_options))
            .map(minijinja::OutputSpan::output_range);
        Ok(Rendered { text, options })
    }

    pub fn holds(&self, key: &str, row: &Row) -> Result<bool, String> {
        let template = self.env.get_template(key).map_err(|error| error.to_string())?;
        template
            .render(row.value())
            .map(|text| !text.is_empty())
            .map_err(|error| say(&error))
    }
}

fn say(error: &Error) -> String {
    match error.detail() {
        Some(detail) => detail.to_string(),
        None => error.kind().to_string(),
    }
}

/// The values a body can name, of one row.
#[derive(Clone)]
pub struct Row(Arc<Names>);

#[derive(Debug)]
struct Names {
    names: Arc<[String]>,
    values: Vec<Value>,
}

impl Row {
    /// `values` stand in the order of `names`; a missing tail is undefined.
    pub fn new(names: Arc<[String]>, values: Vec<Value>) -> Self {
        Self(Arc::new(Names { names, values }))
    }

    pub(super) fn value(&self) -> Value {
        Value::from_dyn_object(self.0.clone())
    }
}

impl Object for Names {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let key = key.as_str()?;
        if key == more::ROW {
            // `answer` and what comes after it are no fields.
            let fields = self.names.iter().map(String::as_str).zip(&self.values);
            return Some(more::row(fields.take_while(|(name, _)| *name != "answer")));
        }
        let at = self.names.iter().position(|name| name == key)?;
        self.values.get(at).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(
            self.names
                .iter()
                .take(self.values.len())
                .map(|n| Value::from(n.as_str()))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        let names = ["a", "options", "n"].map(str::to_string).to_vec().into();
        Row::new(names, vec![Value::from("{{ a }}"), Value::from("x"), Value::from(())])
    }

    fn render(body: &str) -> Result<Rendered, String> {
        let mut engine = Engine::default();
        engine.add_body("t", body).unwrap();
        engine.render("t", &row())
    }

    #[test]
    fn row_text_is_never_template_syntax() {
        assert_eq!(render("{{ a }}!\n").unwrap().text, "{{ a }}!\n");
    }

    #[test]
    fn the_options_have_a_span() {
        assert_eq!(render("ab\n{{ options }}.").unwrap().options, Some(3..4));
        assert_eq!(render("x").unwrap().options, None);
    }

    #[test]
    fn nulls_lists_and_unknown_names_are_errors() {
        assert!(render("{{ n }}").unwrap_err().contains("null"));
        assert!(render("{{ b }}").is_err());
        assert!(render("{{ [1] }}").unwrap_err().contains("list"));
    }

    #[test]
    fn a_loop_without_end_runs_out_of_fuel() {
        assert!(
            render("{% for i in range(100000) %}{% for j in range(100000) %}{{ j }}{% endfor %}{% endfor %}").is_err()
        );
    }
}
