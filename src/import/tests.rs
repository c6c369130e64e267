//! What each reader makes of small pieces: precedence and white space of Jinja, literals of Python, the cut at `|||`.

use super::divide::divide;
use super::print::{self, Names};
use super::python::{self, Is};
use super::{fields, parser, statements, yaml};

struct Paths;

impl Names for Paths {
    fn field(&self, path: &str) -> String {
        format!("<{path}>")
    }
}

/// A template in flanc's words: its input, its target, and its guard; or why it has none.
fn said(jinja: &str) -> Result<(String, String, String), String> {
    let mut nodes = parser::parse(jinja).map_err(|fault| fault.reason)?;
    statements::rewrite(&mut nodes)?;
    fields::resolve(&mut nodes)?;
    let parts = divide(nodes)?;
    let when = parts.when.map(|when| print::expr(&when, &Paths));
    Ok((
        print::nodes(&parts.input, &Paths),
        print::nodes(&parts.target, &Paths),
        when.unwrap_or_default(),
    ))
}

/// The same where only the input matters.
fn input(jinja: &str) -> String {
    said(&format!("{jinja}|||x")).expect("a template").0
}

#[test]
fn signs_hold_together_as_in_python() {
    for (there, here) in [
        ("a + b * c", "<a> + (<b> * <c>)"),
        ("a ~ b + c", "(<a> ~ <b>) + <c>"),
        ("not a == b and c or d", "not <a> == <b> and <c> or <d>"),
        ("(a or b) and c", "(<a> or <b>) and <c>"),
        ("a if b else c | upper", "<a> if <b> else <c> | upper"),
        ("1 < a < 3", "(1 < <a> and <a> < 3)"),
        ("a[1:] ~ a[-1]", "<a>[1:] ~ <a>[-1]"),
        ("a is not none", "<a> is not none"),
        (r"'it\'s' ~ a", "\"it's\" ~ <a>"),
        ("-a | abs", "(-<a>) | abs"),
        ("{'b': a}['b']", "{\"b\": <a>}[\"b\"]"),
        ("a.lower().split(',')[0]", "(<a> | lower | split(\",\"))[0]"),
        ("', '.join(a)", "<a> | join(\", \")"),
        ("a.b['c d']", "<a.b.c d>"),
        ("a[0].b", "<a[].b>[0]"),
    ] {
        let found = input(&format!("x {{{{ {there} }}}} y"));
        assert_eq!(found, format!("x {{{{ {here} }}}} y"), "{there}");
    }
}

#[test]
fn white_space_goes_where_a_sign_says_and_at_the_ends() {
    assert_eq!(
        input(" x \n{%- if a -%} \n y {% endif %}\n "),
        "x{% if <a> %}y{% endif %}"
    );
    assert_eq!(input("{# no #} x {{ 'a' }} {{ '{{' }} "), "x a {{ \"{{\" }}");
    // What a loop prints last is only known with the row.
    let looped = "{% for b in a %}{{ b }}\n{% endfor %}";
    let here = "{% filter trim %}{% for b in <a> %}{{ b }}\n{% endfor %}{% endfilter %}";
    assert_eq!(input(looped), here);
    assert_eq!(input("{{ a | join(' ') }}"), "{{ <a> | join(\" \") | trim }}");
}

#[test]
fn a_template_is_cut_under_its_conditions() {
    let cut = |jinja: &str| said(jinja).expect("a template");
    let texts = |a: &str, b: &str, c: &str| (a.to_string(), b.to_string(), c.to_string());
    assert_eq!(cut("{% if a %} x ||| y {% endif %}"), texts("x", "y", "<a>"));
    assert_eq!(
        cut("{% if a %}x ||| y{% else %}z ||| w{% endif %}"),
        texts(
            "{% if <a> %}x{% else %}z{% endif %}",
            "{% if <a> %}y{% else %}w{% endif %}",
            ""
        )
    );
    assert_eq!(
        cut("{% set b = a %}{% set c = 1 %}x {{ c }} z ||| {{ b }}"),
        texts("{% set c = 1 %}x {{ c }} z", "{% set b = <a> %}{{ b | trim }}", "")
    );
    // A guard sees no variables: the reply of the other rows is empty.
    assert_eq!(
        cut("{% set b = a + 1 %}{% if b %}x ||| y{% endif %}"),
        texts("x", "{% set b = <a> + 1 %}{% if b %}y{% endif %}", "")
    );
    for (jinja, reason) in [
        ("x", "no `|||` divides its prompt from its reply"),
        ("x ||| y ||| z", "more than one `|||` is printed"),
        ("{% for b in a %}x ||| y{% endfor %}", "`|||` stands inside a loop"),
        ("{% macro m() %}{% endmacro %} ||| y", "`macro` tags are not translated"),
        ("{{ a.encode() }} ||| y", "`.encode()` has no filter"),
    ] {
        assert_eq!(said(jinja).expect_err(jinja), reason);
    }
}

#[test]
fn what_is_changed_in_place_is_a_namespace() {
    assert_eq!(
        input("{% set b = [] %}{% for c in a %}{{ b.append(c) or '' }}{% endfor %}x {{ b | length }} y"),
        "{% set b = namespace(items=[]) %}{% for c in <a> %}{% set b.items = (b.items + [c]) | list %}{% endfor %}x \
         {{ b.items | length }} y"
    );
    assert!(said("{% set b = {} %}{{ b.update({a: 1}) or '' }} ||| y").is_err());
}

#[test]
fn a_loop_over_a_nested_table_runs_over_its_columns() {
    assert_eq!(
        input("x {% for t in a.b[1:] if t.c %}{{ t['d'] }}{{ t.c }}{% endfor %} y"),
        "x {% for t_c, t_d in <a.b[].c>[1:] | zip(<a.b[].d>[1:]) if t_c %}{{ t_d }}{{ t_c }}{% endfor %} y"
    );
}

const PYTHON: &str = r#"import x
A = {'a': [('b' "c\n"
  r'\d', u'\u00e9\x41\101'), F(k='v', n=-1)]}  # no
A['z'] = A['a']
B = 1 + 2
if A:
  A = 3
C = (
  '''d
e''',)
D = f'{A}'
E = B
"#;

#[test]
fn literals_of_python_are_read_and_nothing_else() {
    let module = python::parse(PYTHON).expect("a module");
    let Is::Map(pairs) = &module.values["A"].is else {
        panic!("{:?}", module.values["A"])
    };
    assert_eq!(pairs.len(), 2);
    assert_eq!(pairs[0].1.is, pairs[1].1.is);
    let Is::List(items) = &pairs[0].1.is else {
        panic!("{pairs:?}")
    };
    let Is::List(texts) = &items[0].is else {
        panic!("{items:?}")
    };
    let texts: Vec<&str> = texts.iter().filter_map(|text| text.text()).collect();
    assert_eq!(texts, ["bc\n\\d", "éAA"]);
    assert_eq!((items[0].line, items[1].line), (2, 3));
    assert!(matches!(&items[1].is, Is::Call(name, arguments) if name == "F" && arguments.len() == 2));
    assert!(matches!(&module.values["C"].is, Is::List(items) if items[0].text() == Some("d\ne")));
    assert_eq!(module.unread.keys().collect::<Vec<_>>(), ["B", "D"]);
    assert!(
        python::parse("A = ['a'\n")
            .expect_err("open")
            .reason
            .contains("nothing closes")
    );
    assert!(python::parse("A = 'a\n").is_err());
}

#[test]
fn yaml_has_tags_lines_and_aliases() {
    let value = yaml::parse("a: &x !T\n  b: 'c'\nd: *x\ne: ~\nf: [yes, 'yes']\n").expect("a document");
    let a = value.get("a").expect("a");
    assert_eq!(
        (a.tag.as_deref(), a.get("b").and_then(|b| b.text())),
        (Some("!T"), Some("c"))
    );
    assert_eq!(
        value.get("d").and_then(|d| d.get("b")).and_then(|b| b.text()),
        Some("c")
    );
    assert_eq!(value.get("e").map(|e| e.text()), Some(None));
    assert_eq!(value.get("f").map(|f| f.texts()), Some(vec!["yes", "yes"]));
    assert!(yaml::parse("a: [1\n").is_err());
    assert!(yaml::parse("").is_err());
}
