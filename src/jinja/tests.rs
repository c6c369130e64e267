//! What programs do and what they leave to minijinja, one construct at a time, each beside what minijinja makes of it.

use super::bodies::value;
use super::{Bodies, Scope, Seen, engine, lower, run as machine};

/// A row with a value of every kind.
struct Fixed;

const LIST: [&str; 3] = ["one", "two", "three"];

impl<'s> Scope<'s> for Fixed {
    type List = std::iter::Copied<std::slice::Iter<'s, &'s str>>;

    fn value(&self, name: usize) -> Seen<'s, Self::List> {
        let items = || LIST.iter().copied();
        match NAMES[name] {
            "text" => Seen::Text("Ab c"),
            "empty" => Seen::Text(""),
            "null" => Seen::Null,
            "flag" => Seen::Bool(true),
            "whole" => Seen::Number("7"),
            "half" => Seen::Number("0.5"),
            "big" => Seen::Number("12345678901234567890"),
            "list" => Seen::List(items()),
            "nothing" => Seen::List([].iter().copied()),
            "options" => Seen::Joined {
                head: "O:",
                between: "|",
                items: items(),
            },
            _ => Seen::Undefined,
        }
    }
}

const NAMES: [&str; 11] = [
    "text", "empty", "null", "flag", "whole", "half", "big", "list", "nothing", "options", "absent",
];

fn names() -> Vec<String> {
    NAMES.map(str::to_string).to_vec()
}

/// Texts and places, or what is wrong, with whether a program was there and whether it decided.
type Outcome = Result<(String, Option<std::ops::Range<usize>>), String>;

fn run(mut bodies: Bodies, body: &str) -> (Outcome, Result<(), String>, u64) {
    let at = bodies.add(body).expect("a template");
    let mut out = "before".to_string();
    let rendered = bodies.render(at, &Fixed, &mut out);
    if rendered.is_err() {
        assert_eq!(out, "before", "{body}");
    }
    let outcome = rendered.map(|options| (out["before".len()..].to_string(), options));
    let lowered = bodies.lowered(at).map_err(ToString::to_string);
    let undecided = bodies.undecided();
    (outcome, lowered, undecided)
}

/// The fuel that minijinja burns, and what a program counts.
fn fuel(body: &str) -> (u64, u64) {
    let row: std::collections::BTreeMap<_, _> = NAMES
        .iter()
        .enumerate()
        .map(|(at, name)| (*name, value(Fixed.value(at))))
        .collect();
    let env = engine::environment();
    let template = env.template_from_str(body).expect("a template");
    let captured = template
        .render_captured(minijinja::Value::from(row))
        .expect("it renders");
    let (burnt, _) = captured.state().fuel_levels().expect("fuel is counted");
    let program = lower::lower(body, &names()).expect("a program");
    (burnt, machine::fuel(&program, &Fixed).expect("it decides"))
}

/// A program decides, and so does minijinja, alike; and it never runs where minijinja would stop for want of fuel.
#[track_caller]
fn gives(body: &str, text: &str) {
    let (ours, lowered, undecided) = run(Bodies::new(names()), body);
    assert_eq!((lowered, undecided), (Ok(()), 0), "{body}");
    let (theirs, ..) = run(Bodies::on_minijinja(names()), body);
    assert_eq!(ours, theirs, "{body}");
    assert_eq!(ours.map(|(text, _)| text), Ok(text.to_string()), "{body}");
    // Once, where steps count most, and over a long text, where bytes do.
    let long = format!("{{% set text = {:?} %}}{body}", "Abc ".repeat(2_000));
    for body in [body, &long] {
        let (burnt, counted) = fuel(body);
        assert!(burnt <= counted, "{body}: {burnt} is more than {counted}");
    }
}

#[test]
fn statements() {
    for (body, text) in [
        ("a\n", "a\n"),
        (
            "{{ text }}{{ whole }}{{ big }}{{ flag }}",
            "Ab c712345678901234567890True",
        ),
        ("{{ options }}", "O:one|two|three"),
        ("{% if flag %}a{% else %}b{% endif %}", "a"),
        ("{% if empty %}a{% elif half %}b{% endif %}", "b"),
        ("{% for x in list %}{{ x }};{% endfor %}", "one;two;three;"),
        ("{% for x in nothing %}a{% else %}none{% endfor %}", "none"),
        ("{% for x in null %}a{% else %}none{% endfor %}", "none"),
        (
            "{% for x in list if 'o' in x %}{{ loop.index }}{{ x }}{% endfor %}",
            "1one2two",
        ),
        (
            "{% for x in list %}{% for y in list %}{{ loop.index0 }}{% endfor %}{% endfor %}",
            "012012012",
        ),
        (
            "{% for text in list %}{{ text }}{% endfor %}{{ text }}",
            "onetwothreeAb c",
        ),
        ("{% set x = 'a' %}{{ x }}{% set x = 2 %}{{ x }}", "a2"),
        ("{% set text = text ~ '!' %}{{ text }}", "Ab c!"),
        (
            "{% for x in list %}{% set y = x %}{% endfor %}{{ y is defined }}",
            "False",
        ),
        ("{% set x %}[{{ text }}]{% endset %}{{ x }}", "[Ab c]"),
        (
            "{% with x = 1, y = 2 %}{{ x + y }}{% endwith %}{{ x is defined }}",
            "3False",
        ),
        ("{% raw %}{{ text }}{% endraw %}{# no #}", "{{ text }}"),
        ("a  {%- if flag -%}  b  {%- endif %}  c", "ab  c"),
    ] {
        gives(body, text);
    }
}

#[test]
fn what_a_loop_knows() {
    let facts = "{{ loop.index }}{{ loop.index0 }}{{ loop.length }}{{ loop.revindex }}{{ loop.revindex0 }}";
    let body = format!("{{% for x in list %}}{facts}{{{{ loop.first }}}}{{{{ loop.last }}}} {{% endfor %}}");
    gives(&body, "10332TrueFalse 21321FalseFalse 32310FalseTrue ");
}

#[test]
fn expressions() {
    for (expression, text) in [
        ("'a' if flag else 'b'", "a"),
        ("'a' if empty", ""),
        ("text and 'a'", "a"),
        ("empty or 'a'", "a"),
        ("not null", "True"),
        ("1 + whole", "8"),
        ("whole - half", "6.5"),
        ("whole * 2", "14"),
        ("text + '!'", "Ab c!"),
        ("text ~ 1 ~ half", "Ab c10.5"),
        ("[text, 'x'][1]", "x"),
        ("['a', 'b'][flag]", "b"),
        ("list[0] ~ list[-1]", "onethree"),
        ("text[1]", "b"),
        ("list[1:]|join(' ')", "two three"),
        ("list[:-1]|join(' ')", "one two"),
        ("text[1:3]", "b "),
        ("text[-1:]", "c"),
        ("text == 'Ab c'", "True"),
        ("text != 'Ab c'", "False"),
        ("whole == 7.0", "True"),
        ("text == whole", "False"),
        ("null == none", "True"),
        ("whole < 8", "True"),
        ("whole <= 7", "True"),
        ("text > 'A'", "True"),
        ("half >= 1", "False"),
        ("1 < whole < 9", "True"),
        ("'one' in list", "True"),
        ("'b' not in text", "False"),
        ("text in ('Ab c', 'x')", "True"),
        ("text in [list[0], 'Ab c']", "True"),
    ] {
        gives(&format!("{{{{ {expression} }}}}"), text);
    }
}

#[test]
fn filters() {
    for (expression, text) in [
        ("-7|abs", "7"),
        ("(whole - 9)|abs", "2"),
        ("text|capitalize", "Ab c"),
        ("text|default('d')", "Ab c"),
        ("absent|default('d')", "d"),
        ("empty|d('d', true)", "d"),
        ("list|first", "one"),
        ("text|first", "A"),
        ("'12'|int + flag|int", "13"),
        ("list|join", "onetwothree"),
        ("list|join(', ')", "one, two, three"),
        ("list|last", "three"),
        ("text|last", "c"),
        ("list|length ~ text|count", "34"),
        ("text|lines|length", "1"),
        ("text|lower", "ab c"),
        ("text|upper", "AB C"),
        ("text|title", "Ab C"),
        ("text|replace('b', 'xx')", "Axx c"),
        ("text|reverse", "c bA"),
        ("list|reverse|join(' ')", "three two one"),
        ("list|select('ne', 'two')|join(' ')", "one three"),
        ("list|reject('in', ['two'])|join(' ')", "one three"),
        ("['', 'a']|select|join", "a"),
        ("text|split(' ')|last", "c"),
        ("whole|string ~ half|string", "70.5"),
        ("' a '|trim", "a"),
        ("text|trim('Ac')", "b "),
    ] {
        gives(&format!("{{{{ {expression} }}}}"), text);
    }
}

#[test]
fn tests_of_values() {
    for (expression, holds) in [
        ("flag is boolean", true),
        ("text is defined", true),
        ("absent is undefined", true),
        ("text is endingwith('c')", true),
        ("text is startingwith('c')", false),
        ("whole is even", false),
        ("whole is odd", true),
        ("flag is true", true),
        ("flag is false", false),
        ("null is none", true),
        ("big is number", false),
        ("half is number", true),
        ("big is string", true),
        ("whole is eq(7)", true),
        ("whole is ne(7)", false),
        ("whole is lt(8)", true),
        ("whole is le(7)", true),
        ("whole is gt(7)", false),
        ("whole is ge(7)", true),
        ("text is in(list)", false),
        ("text is not none", true),
    ] {
        gives(&format!("{{{{ {expression} }}}}"), if holds { "True" } else { "False" });
        let mut bodies = Bodies::new(names());
        let at = bodies.add_condition(expression).expect("a condition");
        assert_eq!(bodies.holds(at, &Fixed), Ok(holds), "{expression}");
        assert_eq!(bodies.undecided(), 0, "{expression}");
    }
}

/// Each of these is lowered, and a program cannot say how it ends on this row.
#[test]
fn what_is_left_to_minijinja_on_a_row() {
    for body in [
        "{{ null }}",
        "{{ absent }}",
        "{{ list }}",
        "a{{ list[3] }}",
        "{{ text[9] }}",
        "{% if absent %}{% endif %}",
        "{% for x in text %}{{ x }}{% endfor %}",
        "{% for x in absent %}{% endfor %}",
        "{{ null ~ text }}",
        "{{ text < whole }}",
        "{{ list == list }}",
        "{{ 1 in text }}",
        "{{ text in whole }}",
        "{{ 9223372036854775807 + whole }}",
        "{{ text * 2 }}",
        "{{ text + whole }}",
        "{{ list + list }}",
        "{{ 'É'|title }}",
        "{{ 'É'|capitalize }}",
        "{{ list|upper }}",
        "{{ text|int }}",
        "{{ 'x'|join }}",
        "{{ (text ~ ' ')|split(' ')|first }}",
        "{{ whole is startingwith('7') }}",
        "{{ list[:2][-1] }}",
        "{{ list[half] }}",
        "{{ text[:half] }}",
        "{{ half is odd }}",
    ] {
        let (ours, lowered, undecided) = run(Bodies::new(names()), body);
        assert_eq!((lowered, undecided), (Ok(()), 1), "{body}");
        assert_eq!(ours, run(Bodies::on_minijinja(names()), body).0, "{body}");
    }
}

#[test]
fn why_a_body_is_not_lowered() {
    for (body, reason) in [
        (
            "{% for a, b in list %}{% endfor %}",
            "a value that is given to several names or to an attribute",
        ),
        ("{% for x in list recursive %}{% endfor %}", "a recursive loop"),
        ("{% for x in list %}{{ loop }}{% endfor %}", "`loop` as a value"),
        (
            "{% for x in list %}{{ loop.depth }}{% endfor %}",
            "the attribute `depth`",
        ),
        ("{{ text.first }}", "the attribute `first`"),
        ("{% filter upper %}a{% endfilter %}", "a filter around a block"),
        ("{% set x | upper %}a{% endset %}", "a filter around a block"),
        ("{% macro m() %}{% endmacro %}", "a macro"),
        ("{% autoescape true %}{% endautoescape %}", "the statement `autoescape`"),
        ("{% do range(1) %}", "the statement `do`"),
        ("{% include 'x' %}", "a statement that reads another template"),
        ("{{ text[::2] }}", "a slice with a step"),
        ("{{ -whole }}", "the operator `-` before a value"),
        ("{{ whole / 2 }}", "the operator `/`"),
        ("{{ whole // 2 }}", "the operator `//`"),
        ("{{ whole % 2 }}", "the operator `%`"),
        ("{{ whole ** 2 }}", "the operator `**`"),
        ("{{ range(3) }}", "a call of `range`"),
        ("{{ text.upper() }}", "a call of the method `upper`"),
        ("{{ (text, text) }}", "a tuple"),
        ("{{ {'a': text} }}", "a map"),
        ("{{ unknown }}", "the name `unknown`"),
        ("{{ text|e }}", "the filter `e`"),
        ("{{ text|split }}", "the filter `split` with 0 arguments"),
        ("{{ text|replace('a') }}", "the filter `replace` with 1 arguments"),
        ("{{ list|join(d=' ') }}", "the argument `d=`"),
        ("{{ list|join(*list) }}", "arguments from a list"),
        ("{{ list|select(text) }}", "a test of `select` that is computed"),
        ("{{ list is sequence }}", "the test `sequence`"),
        ("{{ text is in }}", "the test `in` with 0 arguments"),
        ("{{ 99999999999999999999 }}", "the constant 99999999999999999999"),
    ] {
        let (ours, lowered, undecided) = run(Bodies::new(names()), body);
        assert_eq!((lowered, undecided), (Err(reason.to_string()), 0), "{body}");
        assert_eq!(ours, run(Bodies::on_minijinja(names()), body).0, "{body}");
    }
}

#[test]
fn what_stands_deep_fits_the_stack_of_a_thread() {
    gives(&format!("{{{{ text{} }}}}", "|replace('b', 'b')".repeat(90)), "Ab c");
    gives(&format!("{{{{ text{} }}}}", " ~ empty".repeat(90)), "Ab c");
    let (open, close) = ("{% for x in [1] %}".repeat(30), "{% endfor %}".repeat(30));
    gives(&format!("{open}{{{{ x }}}}{close}"), "1");
}

#[test]
fn what_stands_too_deep_is_left_to_minijinja() {
    for body in [
        format!("{{{{ text{} }}}}", " ~ text".repeat(120)),
        "{% if empty %}{% el".to_string() + &"if empty %}{% el".repeat(120) + "se %}x{% endif %}",
    ] {
        let (ours, lowered, _) = run(Bodies::new(names()), &body);
        assert_eq!(
            lowered,
            Err("what stands more than 100 deep in something else".to_string())
        );
        assert_eq!(ours, run(Bodies::on_minijinja(names()), &body).0);
    }
}

#[test]
fn the_options_have_one_place() {
    for (body, place) in [
        ("{{ text }}\n{{ options }}.", Some(5..20)),
        ("{{options}}{{ options }}", Some(0..15)),
        ("{% for x in list %}{{ options }}{% endfor %}", Some(0..15)),
        ("{{ options|upper }}", None),
        ("{% set x %}{{ options }}{% endset %}{{ x }}{{ options }}", Some(15..30)),
        ("{% set options = '' %}{{ options }}a", None),
    ] {
        let (ours, lowered, undecided) = run(Bodies::new(names()), body);
        assert_eq!((lowered, undecided), (Ok(()), 0), "{body}");
        assert_eq!(ours.as_ref().map(|(_, place)| place.clone()), Ok(place), "{body}");
        assert_eq!(ours, run(Bodies::on_minijinja(names()), body).0, "{body}");
    }
}
