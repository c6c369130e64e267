//! Templates and rows that nobody wrote, through programs and through minijinja: the same texts, places and failures.
//!
//! A case is a row of choices, each of which picks the next word of a body or the next value of a row. Fewer and smaller
//! choices make a smaller case, so that what fails is told in its shortest form. `PROPTEST_CASES` asks for more of them.

mod choices;

use std::cell::{Cell, RefCell};

use flanc::catalog::Dataset;
use flanc::jinja::Bodies;
use flanc::project;
use flanc::render::{Renderer, Variant};
use flanc::source::Row;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::support::{Project, say};
use choices::Choices;

/// Cases of an ordinary run: a few seconds of them.
const CASES: u32 = 30_000;

/// One dataset for each way in which a row has options, or none.
const DATASETS: &str = r#"
cluster c {}
dataset labels in c {
  field t: text
  field u: text?
  field n: number?
  field b: bool?
  field l: list
  field label: choice { yes no maybe } says { "Yes" "{{ no }}" "x" }
  answer label
}
dataset places in c {
  field t: text
  field u: text?
  field n: number?
  field b: bool?
  field l: list
  field at: index of l
  answer at
}
dataset texts in c {
  field t: text
  field u: text?
  field n: number?
  field b: bool?
  field l: list
  answer u
}
templates all for labels, places, texts { template one { input "{{ t }}" target "{{ u }}" } }
"#;

/// How often what came about, so that a run can say what it was worth.
#[derive(Default)]
struct Counts {
    compared: Cell<u64>,
    rendered: Cell<u64>,
    programs: Cell<u64>,
}

fn count(counter: &Cell<u64>, more: u64) {
    counter.set(counter.get() + more);
}

/// Makes a template and rows of choices, and renders them both ways.
fn compare(dataset: &mut Dataset, choices: &[u16], counts: &Counts) -> Result<(), TestCaseError> {
    let mut choices = Choices::new(choices);
    let (mut input, mut when) = (String::new(), None);
    if !choices.once_in(4) {
        input = format!(
            "{{% set x = {} %}}{{% set y = {} %}}",
            choices.anything(2),
            choices.text(2)
        );
    }
    let depth = 1 + choices.of(4);
    input += &choices.body(depth);
    if choices.once_in(3) {
        input += "{{ options }}";
    }
    let target = if choices.once_in(3) {
        choices.body(1)
    } else {
        "{{ t }}".to_string()
    };
    let system = choices.once_in(4).then(|| choices.body(1));
    if choices.once_in(2) {
        when = Some(choices.truth(3));
    }
    // What is no template is a mistake in the project, and never comes to be rendered.
    let mut bodies = Bodies::on_minijinja(Vec::new());
    let texts = [Some(&input), Some(&target), system.as_ref()];
    let sound = texts.into_iter().flatten().all(|text| bodies.add(text).is_ok());
    if !sound || when.as_ref().is_some_and(|when| bodies.add_condition(when).is_err()) {
        return Ok(());
    }
    let template = &mut dataset.templates[0];
    template.input.value = input;
    template.input.ends_in_tag = choices.once_in(2);
    template.system = system.map(|system| {
        let mut text = template.target.clone();
        text.value = system;
        text
    });
    template.target.value = target;
    template.when = when;
    let (lowered, minijinja) = (Renderer::new(dataset), Renderer::on_minijinja(dataset));
    let template = &dataset.templates[0];
    let said = |row: Row<'_>| {
        let (system, when) = (template.system.as_ref().map(|text| &text.value), &template.when);
        let (input, target) = (&template.input.value, &template.target.value);
        format!("{input:?}\n{target:?}\n{system:?}\nwhen {when:?}\nover {row:?}")
    };
    for _ in 0..5 {
        let bytes = choices.row(&dataset.id);
        let row = Row::new(&bytes);
        let variant = Variant {
            order: choices.once_in(4).then(|| vec![2, 0, 1]),
            ..Variant::default()
        };
        prop_assert_eq!(lowered.admits(0, row), minijinja.admits(0, row), "{}", said(row));
        let undecided = lowered.undecided();
        let (ours, theirs) = (lowered.example(0, row, &variant), minijinja.example(0, row, &variant));
        let program = lowered.lowered(0).is_ok() && lowered.undecided() == undecided;
        count(&counts.rendered, u64::from(ours.is_ok()));
        count(&counts.programs, u64::from(ours.is_ok() && program));
        prop_assert_eq!(ours, theirs, "{}", said(row));
    }
    count(&counts.compared, 5);
    Ok(())
}

#[test]
fn generated_templates_render_as_minijinja_does() {
    let written = Project::new();
    written.write("all.flan", DATASETS);
    let mut catalog = project::load(written.dir.path()).expect("a project").catalog;
    assert_eq!(catalog.datasets.len(), 3);
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok());
    let config = ProptestConfig {
        cases: cases.unwrap_or(CASES) / 3,
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..ProptestConfig::default()
    };
    let counts = Counts::default();
    for dataset in catalog.datasets.values_mut() {
        let dataset = RefCell::new(dataset);
        TestRunner::new(config.clone())
            .run(&vec(any::<u16>(), 0..500), |choices| {
                compare(&mut dataset.borrow_mut(), &choices, &counts)
            })
            .unwrap_or_else(|failure| panic!("{failure}"));
    }
    let (compared, rendered) = (counts.compared.get(), counts.rendered.get());
    let programs = counts.programs.get();
    say(&format!(
        "generated: {compared} rows are the same both ways, {rendered} of them rendered, {programs} by programs alone"
    ));
    assert!(programs * 20 > compared);
}
