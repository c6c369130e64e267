//! Mixtures: what they choose, how much of it, and that every row is accounted for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use flanc::project;
use serde_json::Value;

use crate::built::{Built, build, text};
use crate::rates::published;
use crate::support::Project;
use crate::world::{adds_up, mixture, number, world};

#[test]
fn every_row_of_the_shipped_samples_is_accounted_for_and_shares_are_within_one_example() {
    let built = build(&Project::shipped(), "flan", &[]);
    adds_up(&built);
    let size = built.split("train").len() as f64;
    let datasets = built.manifest["datasets"].as_object().expect("datasets");
    assert!(datasets.len() > 40, "{}", datasets.len());
    for (id, facts) in datasets {
        let (quota, share) = (
            number(&facts["quota"]) as f64,
            facts["share"].as_f64().expect("a share"),
        );
        assert!((quota - share * size).abs() < 1.0, "{id}: {quota} of {size}, {share}");
        assert_eq!(facts["quota"], facts["achieved"], "{id}");
    }
}

#[test]
fn a_sample_is_at_most_so_many_rows_on_every_side() {
    let built = build(
        &world("mixture m { include all  hold_out nli_big }"),
        "m",
        &["--sample", "3"],
    );
    adds_up(&built);
    let mut sides: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for record in built.records.values().flatten() {
        let side = (text(&record["dataset"]), text(&record["split"]));
        sides.entry(side).or_default().insert(text(&record["row_key"]));
    }
    assert_eq!(sides.len(), 3 * 2 + 2, "{:?}", sides.keys());
    assert!(sides.values().all(|rows| rows.len() == 3), "{sides:?}");
}

#[test]
fn round_robin_goes_by_the_value_of_a_field() {
    let built = mixture("choose round_robin by turn");
    let names = ["back", "one", "turn", "two"];
    for record in built.split("train") {
        let (all, template) = (
            text(&record["inputs"]).to_string() + text(&record["targets"]),
            text(&record["template"]),
        );
        let row: Option<usize> = all.split_whitespace().filter_map(|word| word.parse().ok()).next_back();
        let row = if template == "one" || template == "two" {
            all.split_whitespace().nth(2).and_then(|word| word.parse().ok())
        } else {
            row
        };
        assert_eq!(names[row.expect("a row's number") % 4], template, "{record}");
    }
}

#[test]
fn options_are_shuffled_for_each_row_and_the_answer_goes_with_them() {
    let built = mixture("options shuffled  size 2 epochs");
    let (mut orders, mut of_row) = (BTreeMap::new(), BTreeMap::new());
    // A turned template shows no options, and what is right for it is its target.
    let forward = |record: &&Value| record["role"] == "forward";
    for record in built.split("train").iter().filter(forward) {
        let options: Vec<&str> = record["options"]
            .as_array()
            .expect("options")
            .iter()
            .map(text)
            .collect();
        let answer = number(&record["answer_index"]) as usize;
        assert_eq!(options[answer], text(&record["targets"]));
        assert!(record["answers"].is_null(), "the target is the only right answer");
        if text(&record["inputs"]).contains("OPTIONS") {
            assert!(text(&record["inputs"]).ends_with(&format!("OPTIONS:\n- {}", options.join("\n- "))));
        }
        *orders.entry(options.clone()).or_insert(0) += 1;
        // All passes of a row show one order.
        let key = (text(&record["dataset"]), text(&record["row_key"]));
        assert_eq!(*of_row.entry(key).or_insert(options.clone()), options);
    }
    assert_eq!(orders.len(), 24);
    let mean = built.split("train").iter().filter(forward).count() / 24;
    assert!(orders.values().all(|n| (mean / 2..mean * 2).contains(n)), "{orders:?}");
    let built = mixture("");
    let declared = |record: &Value| record["options"] == serde_json::json!(["no", "maybe", "yes", "sure"]);
    assert!(built.split("train").iter().filter(forward).all(declared));
}

fn values(built: &Built, column: &str) -> BTreeSet<String> {
    built
        .split("train")
        .iter()
        .map(|record| text(&record[column]).to_string())
        .collect()
}

#[test]
fn includes_and_excludes_choose_datasets_and_templates() {
    let every = ["kin", "nli_big", "nli_small", "para", "style"];
    let all_templates = ["back", "one", "turn", "two"];
    let cases: &[(&str, &[&str], &[&str])] = &[
        ("include all", &every, &all_templates),
        ("include cluster fun", &["kin", "style"], &all_templates),
        ("include dataset para, dataset kin", &["kin", "para"], &all_templates),
        ("include family para", &["kin", "para"], &all_templates),
        ("include family nli", &["nli_big", "nli_small"], &all_templates),
        ("include license \"MIT\"", &["kin", "nli_big", "para"], &all_templates),
        ("include language de", &["nli_small", "style"], &all_templates),
        ("include role forward", &every, &["one", "two"]),
        ("include role reverse, role turned", &every, &["back", "turn"]),
        ("include dataset kin, template two", &["kin"], &["two"]),
        ("include template \"all/one\"", &every, &["one"]),
        (
            "include all exclude cluster nli",
            &["kin", "para", "style"],
            &all_templates,
        ),
        (
            "include all exclude cluster fun",
            &["nli_big", "nli_small", "para"],
            &all_templates,
        ),
        (
            "include all exclude dataset para",
            &["kin", "nli_big", "nli_small", "style"],
            &all_templates,
        ),
        (
            "include all exclude family para",
            &["nli_big", "nli_small", "style"],
            &all_templates,
        ),
        (
            "include all exclude license \"MIT\"",
            &["nli_small", "style"],
            &all_templates,
        ),
        ("include all exclude language en", &["kin", "nli_small"], &all_templates),
        ("include all exclude role forward", &every, &["back", "turn"]),
        ("include all exclude template turn", &every, &["back", "one", "two"]),
        (
            "include cluster nli exclude language de, template \"all/back\"",
            &["nli_big"],
            &["one", "turn", "two"],
        ),
    ];
    let mixtures: Vec<String> = cases
        .iter()
        .enumerate()
        .map(|(at, (text, ..))| format!("mixture m{at} {{ {text} }}\n"))
        .collect();
    let project = world(&mixtures.concat());
    for (at, (said, datasets, templates)) in cases.iter().enumerate() {
        let built = build(&project, &format!("m{at}"), &[]);
        adds_up(&built);
        let set = |names: &[&str]| -> BTreeSet<String> { names.iter().map(|n| (*n).to_string()).collect() };
        assert_eq!(values(&built, "dataset"), set(datasets), "{said}");
        assert_eq!(values(&built, "template"), set(templates), "{said}");
    }
}

#[test]
fn what_is_held_out_and_what_overlaps_it_is_not_trained_on() {
    let cases: &[(&str, &[&str], &[&str])] = &[
        // para is left out, and with it nothing: kin, of its family, is not close to what is tested.
        ("nli", &["kin", "style"], &["nli_big", "nli_small"]),
        // Overlap is symmetric, and goes one step only; kin is of the family of para.
        ("paraphrase", &[], &["para"]),
        // style is in fun too, and kin is in fun.
        ("style", &["nli_big", "nli_small"], &["style"]),
        ("fun", &["nli_big", "nli_small"], &["kin", "style"]),
        ("nli_small", &["kin", "para", "style"], &["nli_small"]),
        ("para", &["nli_big", "nli_small", "style"], &["kin", "para"]),
    ];
    let mixtures: Vec<String> = cases
        .iter()
        .enumerate()
        .map(|(at, (name, ..))| format!("mixture m{at} {{ include all  hold_out {name} }}\n"))
        .collect();
    let project = world(&mixtures.concat());
    for (at, (name, trained, tested)) in cases.iter().enumerate() {
        let built = build(&project, &format!("m{at}"), &[]);
        adds_up(&built);
        let set = |names: &[&str]| -> BTreeSet<String> { names.iter().map(|n| (*n).to_string()).collect() };
        let of = |split: &str| -> BTreeSet<String> {
            built
                .split(split)
                .iter()
                .map(|record| text(&record["dataset"]).to_string())
                .collect()
        };
        assert_eq!(of("train"), set(trained), "{name}");
        assert_eq!(of("validation"), set(trained), "{name}");
        assert_eq!(of("test"), set(tested), "{name}");
        assert_eq!(of("exemplars"), set(tested), "{name}");
        // No family stands on both sides.
        let families = |split: &str| -> BTreeSet<String> {
            built
                .split(split)
                .iter()
                .map(|record| text(&record["family"]).to_string())
                .collect()
        };
        assert!(families("train").is_disjoint(&families("test")), "{name}");
        // What is on neither side says why.
        for (id, facts) in built.manifest["datasets"].as_object().expect("datasets") {
            let part = text(&facts["part"]);
            let neither = !trained.contains(&id.as_str()) && !tested.contains(&id.as_str());
            assert_eq!(part.starts_with("left out: "), neither, "{name}: {id} is {part}");
        }
        // A test row is shown through every forward template.
        let rows: BTreeSet<&str> = built
            .split("test")
            .iter()
            .map(|record| text(&record["row_key"]))
            .collect();
        assert_eq!(
            (rows.len(), built.split("test").len()),
            (5 * tested.len(), 10 * tested.len()),
            "{name}"
        );
        assert!(built.split("test").iter().all(|record| record["role"] == "forward"));
    }
}

#[test]
fn nothing_is_held_out_of_the_shipped_mixtures_by_halves() {
    let shipped = project::load(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("the project");
    let catalog = &shipped.catalog;
    let mut held = 0;
    for mixture in catalog.mixtures.values() {
        let selection = flanc::catalog::selection(catalog, mixture);
        for id in &selection.trained {
            let dataset = &catalog.datasets[id];
            for name in &mixture.hold_out {
                // The studies hold out families and datasets, too, which leave their clusters where they are.
                let Some(held_out) = catalog.clusters.get(name) else {
                    continue;
                };
                held += 1;
                let close = |cluster: &String| cluster == name || held_out.overlaps.contains(cluster);
                assert!(!dataset.clusters.iter().any(close), "{}: {id}", mixture.name);
            }
            let sibling = |other: &&String| catalog.datasets[*other].family == dataset.family;
            assert_eq!(selection.evaluated.iter().find(sibling), None, "{}: {id}", mixture.name);
        }
    }
    assert!(held > 300, "{held}");
}

#[test]
fn an_absent_source_is_an_error_unless_it_is_allowed() {
    let project = world("mixture m { include all }");
    std::fs::remove_file(project.path("data/para.jsonl")).expect("a file");
    let says = ["split `train` of `para` is absent", "para.jsonl", "--allow-missing"];
    project.run(&["build", "m", "--no-cache"]).fails(2, &says);
    assert!(!project.path("build").join("m").exists());
    let built = build(&project, "m", &["--allow-missing"]);
    adds_up(&built);
    assert_eq!(
        values(&built, "dataset"),
        ["kin", "nli_big", "nli_small", "style"].map(String::from).into()
    );
    // An absent split is not an absent dataset: what is there of it is evaluated.
    assert_eq!(
        text(&built.dataset("para")["part"]),
        "evaluated: its training split is absent"
    );
    assert!(
        built.run.stdout.contains("para lacks its split `train`"),
        "{}",
        built.run.stdout
    );
    std::fs::remove_file(project.path("data/para-test.jsonl")).expect("a file");
    project
        .run(&["build", "m"])
        .fails(2, &["the source of `para` is absent"]);
    let built = build(&project, "m", &["--allow-missing"]);
    assert_eq!(text(&built.dataset("para")["part"]), "missing: its source is absent");
    assert!(built.run.stdout.contains("para is missing"), "{}", built.run.stdout);
}

const REPO: &str = r#"
cluster c {}
dataset rows in c {
  field name: text
  field label: choice { no = "0"  yes = "1" }
  reserve 10
  source sample ordered { train { rows jsonl "1.jsonl", "2.jsonl" } }
  source loose { train { rows jsonl "1.jsonl", "2.jsonl" } }
}
templates rows for rows {
  template sun { input "{{ name }} {{ options }}" target "{{ answer }}" }
  template moon { input "{{ name }}? {{ options }}" target "{{ answer }}" }
  template star { input "{{ name }}! {{ options }}" target "{{ answer }}" }
  turned ask { input "{{ answer }}" target "{{ name }}" }
}
mixture repo { include all  profile repo }
mixture capped { include all  profile repo  cap 30  size 50 examples }
mixture bare { include all  profile repo  instruct none }
"#;

#[test]
fn profile_repo_takes_rows_and_templates_by_their_positions() {
    let project = Project::new();
    let line = |i: usize| format!("{{\"name\": \"row {i}\", \"label\": {}}}\n", i % 2);
    project
        .write("project.flan", REPO)
        .write("flanc.toml", "[build]\ndata = \"data\"\n");
    project.write("data/1.jsonl", &(0..20).map(line).collect::<String>());
    project.write("data/2.jsonl", &(20..57).map(line).collect::<String>());
    let position = |record: &Value| -> usize {
        let said = text(&record["inputs"]).to_string() + " " + text(&record["targets"]);
        let after = said
            .split("row ")
            .nth(1)
            .expect("a row")
            .split(|c: char| !c.is_ascii_digit())
            .next();
        after.and_then(|digits| digits.parse().ok()).expect("its number")
    };
    let uses = |built: &Built| -> Vec<(usize, String, u64)> {
        let train = built.split("train").iter();
        let mut uses: Vec<_> = train
            .map(|r| (position(r), text(&r["template"]).to_string(), number(&r["pass"])))
            .collect();
        uses.sort();
        uses
    };
    let order = ["sun", "moon", "star", "ask"];
    // The last ten are reserved; of the 47 before them, eleven batches of four are whole.
    let built = build(&project, "repo", &[]);
    adds_up(&built);
    let wanted: Vec<_> = (0..44).map(|i| (i, order[i % 4].to_string(), 0)).collect();
    assert_eq!(uses(&built), wanted);
    let reserved: BTreeSet<usize> = built.split("validation").iter().map(position).collect();
    assert!(reserved.into_iter().eq(47..57));
    assert_eq!(built.dataset("rows")["rows"]["not drawn"], 3);
    // The cap takes the first, and passes begin again at the first.
    let built = build(&project, "capped", &[]);
    adds_up(&built);
    let mut wanted: Vec<_> = (0..50)
        .map(|i| (i % 28, order[i % 28 % 4].to_string(), i as u64 / 28))
        .collect();
    wanted.sort();
    assert_eq!(uses(&built), wanted);
    // Where no template is used there are no batches.
    assert_eq!(build(&project, "bare", &[]).split("train").len(), 47);
    let loose = project.run(&["build", "repo", "--source", "loose"]);
    loose.fails(
        2,
        &["`profile repo` goes by the order of rows", "not declared `ordered`"],
    );
}

#[test]
fn reference_rows_published_are_those_of_the_shipped_datasets() {
    let Some(reference) = published() else { return };
    let shipped = project::load(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("the project");
    let rows = reference["rows"].as_object().expect("rows");
    let mut compared = 0;
    for (id, dataset) in &shipped.catalog.datasets {
        if let (Some(published), Some(rows)) = (dataset.published, rows.get(id)) {
            compared += 1;
            assert_eq!(published, number(rows), "{id}");
        } else {
            panic!(
                "{id}: {:?} published, {:?} in the reference",
                dataset.published,
                rows.get(id)
            );
        }
    }
    println!("{compared} counts compared");
    assert!(compared > 60, "{compared}");
}
