//! Every command as a user types it: what it prints, what it writes, how it ends.

use std::fs;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use serde_json::Value;

use crate::schema::fits;
use crate::support::Project;

/// Three datasets: one with a guard, one without a label anywhere, one whose rows repeat.
const DATASETS: &str = r#"cluster nli { title "Inference" }
cluster misc { title "Rest" }
dataset weather in nli {
  title "Weather"
  family sky
  metric accuracy
  field premise: text
  field hypothesis: text
  field label: choice { yes no }
  source sample {
    train { rows jsonl "weather/train.jsonl" }
    test { rows jsonl "weather/test.jsonl" }
  }
}
dataset blind in misc {
  title "Blind"
  field text: text
  field label: choice { yes no }
  source sample { train { rows jsonl "blind/train.jsonl" } }
}
dataset echo in misc {
  title "Echo"
  field question: text
  field reply: text
  answer reply
  drop "no reply wanted" when question == "hush"
  source sample { train { rows jsonl "echo/train.jsonl" } }
}
mixture flan { title "All" include all }
"#;

const TEMPLATES: &str = r#"templates weather for weather {
  template follows {
    input "{{ premise }}\t{{ hypothesis }} \n{{ options }}"
    target "{{ answer }}"
  }
  turned write when label == yes { input "Go on: {{ premise }}" target "{{ hypothesis }}" }
  template never when premise == "nowhere" { input "{{ hypothesis }}" target "{{ answer }}" }
}
templates blind for blind {
  template say { input "{{ text }}" target "{{ answer }}" }
}
templates echo for echo {
  template ask { input "{{ question }}" target "{{ answer }}" }
}
"#;

fn project() -> Project {
    let project = Project::new();
    let weather = |from: usize, to: usize| -> String {
        (from..to)
            .map(|n| format!("{{\"premise\": \"Day {n} is wet.\", \"hypothesis\": \"It rains on day {n}.\", \"label\": \"{}\"}}\n", if n % 2 == 0 { "yes" } else { "no" }))
            .collect()
    };
    let echo: String = ["once", "thrice", "thrice", "thrice", "hush", "twice", "twice"]
        .iter()
        .map(|word| format!("{{\"question\": \"{word}\", \"reply\": \"{word}!\"}}\n"))
        .collect();
    project
        .write("datasets/all.flan", DATASETS)
        .write("templates/all.flan", TEMPLATES)
        .write("datasets/samples/weather/train.jsonl", &weather(0, 60))
        .write("datasets/samples/weather/test.jsonl", &weather(60, 80))
        .write(
            "datasets/samples/blind/train.jsonl",
            "{\"text\": \"a\"}\n{\"text\": \"b\"}\n",
        )
        .write("datasets/samples/echo/train.jsonl", &echo);
    project
}

/// A whole file of the project gone wrong, beside the sound ones.
fn with_a_mistake(project: &Project) -> &Project {
    project.write(
        "datasets/broken.flan",
        "dataset broken in nowhere { title \"Broken\" field text: text answer text }\n",
    )
}

fn rows_of(json: &Value) -> Vec<&Value> {
    json["examples"].as_array().expect("examples").iter().collect()
}

// ---- check, list, show, count ---------------------------------------------------------------------------

#[test]
fn check_counts_what_is_sound_and_places_what_is_not() {
    let project = project();
    let run = project.run(&["check"]).ok();
    assert_eq!(run.stdout, "3 datasets, 5 templates, 1 mixture: no mistakes\n");
    assert_eq!(project.run(&["--quiet", "check"]).ok().stdout, "");
    with_a_mistake(&project);
    project
        .run(&["check"])
        .fails(1, &["datasets/broken.flan:1:19", "nowhere", "1 error, 0 warnings"]);
    let json = project.run(&["check", "--format", "json"]).fails(1, &[]).json();
    assert_eq!(json["diagnostics"][0]["file"], "datasets/broken.flan");
    fits(&project, "check", &json);
}

#[test]
fn check_of_an_empty_directory_finds_no_mistake() {
    let run = Project::new().run(&["check"]).ok();
    assert!(run.stdout.starts_with("0 datasets"), "{}", run.stdout);
}

#[test]
fn list_names_every_dataset_with_its_templates_and_roles() {
    let project = project();
    let text = project.run(&["list"]).ok().stdout;
    for line in [
        "misc     blind",
        "nli      weather          3  sample",
        "mixtures: flan",
        "5 of 5 templates are lowered\n",
    ] {
        assert!(text.contains(line), "`{line}` is not in:\n{text}");
    }
    let json = project.run(&["list", "--format", "json"]).ok().json();
    fits(&project, "list", &json);
    let weather = json["datasets"]
        .as_array()
        .expect("datasets")
        .iter()
        .find(|d| d["id"] == "weather")
        .expect("weather");
    assert_eq!(weather["family"], "sky");
    assert_eq!(weather["cluster"], "nli");
    let templates: Vec<(&str, &str)> = weather["templates"]
        .as_array()
        .expect("templates")
        .iter()
        .map(|t| (t["name"].as_str().expect("a name"), t["role"].as_str().expect("a role")))
        .collect();
    assert_eq!(
        templates,
        [("follows", "forward"), ("never", "forward"), ("write", "turned")]
    );
}

#[test]
fn list_and_show_say_why_a_template_is_not_lowered() {
    let project = project();
    project.write(
        "templates/slow.flan",
        "templates slow for weather { template slow { input \"{{ premise | indent }}\" target \"{{ answer }}\" } }",
    );
    let text = project.run(&["list"]).ok().stdout;
    let said = "5 of 6 templates are lowered; the others run on minijinja, which is slower:\n  weather/slow: the filter `indent`\n";
    assert!(text.contains(said), "{text}");
    let text = project.run(&["show", "weather", "--template", "slow"]).ok().stdout;
    assert!(
        text.contains("── slow (forward) · not lowered: the filter `indent`\n"),
        "{text}"
    );
    let json = project.run(&["show", "weather", "--format", "json"]).ok().json();
    fits(&project, "show", &json);
    for example in rows_of(&json) {
        assert_eq!(
            example["not_lowered"].is_null(),
            example["template"] != "slow",
            "{example}"
        );
    }
}

#[test]
fn a_project_with_mistakes_is_not_listed_and_json_says_why() {
    let project = project();
    with_a_mistake(&project);
    project.run(&["list"]).fails(1, &["nowhere"]);
    let json = project.run(&["list", "--format", "json"]).fails(1, &[]).json();
    fits(&project, "check", &json);
}

#[test]
fn show_makes_white_space_visible() {
    let project = project();
    let text = project.run(&["show", "weather", "--template", "follows"]).ok().stdout;
    assert!(text.contains("→It rains"), "a tab is not shown:\n{text}");
    assert!(
        text.contains(".·\n"),
        "a space at the end of a line is not shown:\n{text}"
    );
    assert!(text.contains("target │ "), "{text}");
    assert!(text.contains("weather/train.jsonl, row "), "{text}");
}

#[test]
fn show_gives_as_many_rows_as_asked_of_the_split_that_was_named() {
    let project = project();
    let json = project
        .run(&[
            "show",
            "weather",
            "--template",
            "follows",
            "--rows",
            "7",
            "--split",
            "test",
            "--format",
            "json",
        ])
        .ok()
        .json();
    fits(&project, "show", &json);
    let rows = rows_of(&json);
    assert_eq!(rows.len(), 7);
    assert!(
        rows.iter()
            .all(|r| r["file"] == "weather/test.jsonl" && r["template"] == "follows"),
        "{json}"
    );
    // As many as there are, where more are asked for.
    let json = project
        .run(&[
            "show",
            "weather",
            "--template",
            "follows",
            "--rows",
            "99",
            "--split",
            "test",
            "--format",
            "json",
        ])
        .ok()
        .json();
    assert_eq!(rows_of(&json).len(), 20);
}

#[test]
fn show_takes_rows_that_a_guard_admits_and_says_so_where_it_admits_none() {
    let project = project();
    let json = project
        .run(&[
            "show",
            "weather",
            "--template",
            "write",
            "--rows",
            "99",
            "--format",
            "json",
        ])
        .ok()
        .json();
    assert_eq!(rows_of(&json).len(), 30, "half of the rows are `yes`");
    project.run(&["show", "weather", "--template", "never"]).fails(
        2,
        &[
            "none of the 60 rows of `weather` is admitted by the guard of `never`",
            "premise == \"nowhere\"",
        ],
    );
    let text = project.run(&["show", "weather", "--rows", "60"]).ok().stdout;
    assert!(
        text.contains("not for this row, by their guards: never, write"),
        "{text}"
    );
}

#[test]
fn show_says_why_nothing_is_shown() {
    let project = project();
    project
        .run(&["show", "blind"])
        .fails(2, &["split `train` of `blind` has no row to show: 2 unlabelled"]);
    project.write("templates/all.flan", "// none any more\n");
    project
        .run(&["show", "weather"])
        .fails(2, &["`weather` has no templates"]);
}

#[test]
fn show_helps_with_unknown_names() {
    let project = project();
    project.run(&["show", "wether"]).fails(
        2,
        &["no dataset, cluster, family, task or mixture is named `wether`; did you mean `weather`?"],
    );
    project
        .run(&["show", "weather", "--template", "folows"])
        .fails(2, &["no template named `folows`; did you mean `follows`?"]);
    project
        .run(&["show", "weather", "--split", "dev"])
        .fails(2, &["has no split `dev`; it has `test` and `train`"]);
    project
        .run(&["show", "weather", "--source", "original"])
        .fails(2, &["`weather` has no source named `original`"]);
}

#[test]
fn count_counts_every_split_and_what_left_it() {
    let project = project();
    let text = project.run(&["count"]).ok().stdout;
    assert!(text.contains("echo     train     7        1"), "{text}");
    let json = project.run(&["count", "echo", "blind", "--format", "json"]).ok().json();
    fits(&project, "count", &json);
    let splits = json["splits"].as_array().expect("splits");
    assert_eq!(splits.len(), 2);
    assert_eq!(splits[0]["unlabelled"], 2);
    assert_eq!(splits[1]["dropped"]["no reply wanted"], 1);
    assert_eq!(splits[1]["kept"], 6);
    project.run(&["count", "ecko"]).fails(2, &["did you mean `echo`?"]);
}

#[test]
fn show_and_count_go_on_with_what_is_sound() {
    let project = project();
    with_a_mistake(&project);
    let run = project
        .run(&["show", "weather", "--format", "json"])
        .fails(1, &["nowhere", "1 error"]);
    assert!(!rows_of(&run.json()).is_empty());
    let run = project.run(&["count", "echo"]).fails(1, &["nowhere"]);
    assert!(run.stdout.contains("echo"), "{}", run.stdout);
    project
        .run(&["show", "broken"])
        .fails(2, &["no dataset named `broken` is sound"]);
    project.run(&["build"]).fails(1, &["nowhere"]);
}

// ---- build ----------------------------------------------------------------------------------------------

#[test]
fn a_dry_run_prints_the_plan_and_writes_nothing() {
    let project = project();
    let run = project.run(&["build", "--dry-run"]).ok();
    assert!(
        run.stdout.contains("weather") && run.stdout.ends_with("nothing was written\n"),
        "{}",
        run.stdout
    );
    assert!(!project.path("build").exists());
    fits(
        &project,
        "plan",
        &project.run(&["build", "--dry-run", "--format", "json"]).ok().json(),
    );
}

#[test]
fn a_build_prints_what_its_schema_says() {
    let project = project();
    let json = project.run(&["build", "--format", "json"]).ok().json();
    fits(&project, "build", &json);
    fits(&project, "manifest", &json["manifest"]);
    let written: Value = serde_json::from_str(&project.read("build/flan/manifest.json")).expect("JSON");
    assert_eq!(json["manifest"], written);
}

#[test]
fn flags_decide_format_layout_shards_sample_and_place() {
    let project = project();
    for (format, layout) in [
        ("parquet", "messages"),
        ("arrow", "inputs-targets"),
        ("jsonl", "messages"),
    ] {
        let out = format!("elsewhere/{format}");
        let args = [
            "build", "--format", format, "--layout", layout, "--shards", "3", "--sample", "10", "--out", &out,
        ];
        project.run(&args).ok();
        let manifest: Value = serde_json::from_str(&project.read(&format!("{out}/manifest.json"))).expect("JSON");
        assert_eq!(
            (manifest["format"].as_str(), manifest["layout"].as_str()),
            (Some(format), Some(layout))
        );
        let train: Vec<_> = manifest["shards"]
            .as_array()
            .expect("shards")
            .iter()
            .filter(|s| s["split"] == "train")
            .collect();
        assert_eq!(train.len(), 3);
        assert!(train.iter().all(|s| {
            s["file"]
                .as_str()
                .is_some_and(|f| f.ends_with(&format!("-of-00003.{format}")))
        }));
        assert!(
            manifest["datasets"]["weather"]["kept"]
                .as_u64()
                .is_some_and(|n| n <= 10),
            "{manifest}"
        );
        project.run(&["verify", &out]).ok();
    }
    assert!(!project.path("build").exists(), "--out leaves the default place alone");
}

#[test]
fn threads_change_no_byte_and_the_seed_does() {
    let project = project();
    let digest = |args: &[&str]| {
        let mut all = vec!["build", "--format", "json"];
        all.extend(args);
        project.run(&all).ok().json()["manifest"]["content"].clone()
    };
    let one = digest(&["--threads", "1"]);
    assert_eq!(one, digest(&["--threads", "4"]));
    assert_ne!(one, digest(&["--seed", "7"]));
}

#[test]
fn a_directory_that_is_not_ours_is_refused_and_untouched() {
    let project = project();
    project.write("thesis/chapter.txt", "do not lose me");
    project
        .run(&["build", "--out", "thesis"])
        .fails(2, &["thesis is there already", "--out"]);
    assert_eq!(project.read("thesis/chapter.txt"), "do not lose me");
    assert_eq!(fs::read_dir(project.path("thesis")).expect("a directory").count(), 1);
    fs::create_dir(project.path("empty")).expect("a directory");
    project.run(&["build", "--out", "empty"]).ok();
}

#[test]
fn an_unknown_mixture_is_met_with_the_nearest_one() {
    let project = project();
    project
        .run(&["build", "flam"])
        .fails(2, &["no mixture is named `flam`; did you mean `flan`?"]);
    assert!(!project.path("build/flam").exists());
}

#[test]
fn a_missing_file_is_named_with_what_its_absence_would_do() {
    let project = project();
    fs::remove_file(project.path("datasets/samples/echo/train.jsonl")).expect("the file");
    project.run(&["build"]).fails(
        2,
        &["`echo`", "echo/train.jsonl", "% of the mixture", "--allow-missing"],
    );
    assert!(!project.path("build/flan").exists());
    let run = project.run(&["build", "--allow-missing"]).ok();
    assert!(run.stdout.contains("echo is missing"), "{}", run.stdout);
    let json = project
        .run(&["build", "--allow-missing", "--format", "json"])
        .ok()
        .json();
    assert_eq!(json["missing"][0]["dataset"], "echo");
    assert!(
        project.read("build/flan/build-info.json").contains("echo"),
        "build-info.json does not record it"
    );
}

#[test]
fn flanc_toml_gives_the_defaults_and_the_command_line_goes_first() {
    let project = project();
    project.write(
        "flanc.toml",
        "[build]\nformat = \"jsonl\"\nshards = 2\nout = \"made\"\n",
    );
    project.run(&["build"]).ok();
    assert!(project.path("made/data/train-00001-of-00002.jsonl").exists());
    project.run(&["build", "--format", "arrow", "--shards", "1"]).ok();
    assert!(project.path("made/data/train-00000-of-00001.arrow").exists());
    project.write("flanc.toml", "[build]\nshard = 2\n");
    project
        .run(&["check"])
        .fails(1, &["flanc.toml", "did you mean `shards`?"]);
}

#[test]
fn a_project_elsewhere_is_named_by_a_flag_or_by_the_environment() {
    let project = project();
    let other = Project::new();
    let place = project.dir.path().to_string_lossy().into_owned();
    assert!(
        other
            .run(&["list", "--project", &place])
            .ok()
            .stdout
            .contains("weather")
    );
    other.run(&["build", "--project", &place]).ok();
    assert!(project.path("build/flan/manifest.json").exists());
    other
        .run(&["list", "--project", "nowhere"])
        .fails(2, &["no directory is at nowhere"]);
    // What was built from inside is traced from outside.
    project.run(&["build"]).ok();
    let key = keys(&project, "weather").remove(0);
    let traced = other.run(&["trace", &key, "--project", &place]).ok().stdout;
    assert!(traced.contains("rendered again: equal"), "{traced}");
}

// ---- trace and verify -----------------------------------------------------------------------------------

/// The row keys of a dataset in the training split of `build/flan`.
fn keys(project: &Project, dataset: &str) -> Vec<String> {
    let manifest: Value = serde_json::from_str(&project.read("build/flan/manifest.json")).expect("JSON");
    let mut keys = Vec::new();
    for shard in manifest["shards"]
        .as_array()
        .expect("shards")
        .iter()
        .filter(|s| s["split"] == "train")
    {
        let path = project.path("build/flan").join(shard["file"].as_str().expect("a file"));
        flanc::shard::read_records(&path, |record| {
            if record.dataset == dataset {
                keys.push(record.row_key);
            }
        })
        .expect("a shard");
    }
    keys
}

#[test]
fn trace_finds_the_row_and_proves_the_example_equal() {
    let project = project();
    project.run(&["build"]).ok();
    let key = keys(&project, "weather").remove(0);
    let text = project.run(&["trace", &key]).ok().stdout;
    assert!(
        text.contains("weather · ")
            && text.contains("from weather/train.jsonl, row ")
            && text.contains("rendered again: equal"),
        "{text}"
    );
    fits(
        &project,
        "trace",
        &project.run(&["trace", &key[..8], "--format", "json"]).ok().json(),
    );
    project.run(&["trace", "zz"]).fails(2, &["`zz` is no row key"]);
    project
        .run(&["trace", "00000000000000000000000000000000"])
        .fails(2, &["no example of"]);
    project
        .run(&["trace", &key, "--in", "nowhere"])
        .fails(2, &["nowhere/manifest.json"]);
}

#[test]
fn trace_tells_copies_of_a_row_from_a_row_of_its_own() {
    let project = project();
    project.run(&["build"]).ok();
    let said: Vec<String> = keys(&project, "echo")
        .iter()
        .map(|key| project.run(&["trace", key]).ok().stdout)
        .collect();
    assert!(
        said.iter().any(|text| text.contains("one of 3 identical rows")),
        "{said:?}"
    );
    assert!(
        said.iter().any(|text| text.contains("one of 2 identical rows")),
        "{said:?}"
    );
    assert!(said.iter().any(|text| !text.contains("identical")), "{said:?}");
}

#[test]
fn a_template_that_changed_makes_an_example_not_equal() {
    let project = project();
    project.run(&["build"]).ok();
    let key = keys(&project, "echo").remove(0);
    project.write(
        "templates/all.flan",
        &TEMPLATES.replace("{{ question }}", "Say: {{ question }}"),
    );
    let run = project
        .run(&["trace", &key])
        .fails(1, &["have changed since this was built"]);
    assert!(run.stdout.contains("rendered again: NOT equal"), "{}", run.stdout);
}

#[test]
fn verify_names_what_is_not_as_it_was_built() {
    let project = project();
    project.run(&["build", "--shards", "2"]).ok();
    fits(
        &project,
        "verify",
        &project.run(&["verify", "build/flan", "--format", "json"]).ok().json(),
    );
    let name = "build/flan/data/train-00000-of-00002.parquet";
    let shard = project.path(name);
    let whole = fs::read(&shard).expect("a shard");

    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    fs::write(&shard, flipped).expect("the shard");
    project
        .run(&["verify", "build/flan"])
        .fails(1, &["data/train-00000-of-00002.parquet", "bytes"]);

    fs::remove_file(&shard).expect("the shard");
    let json = project
        .run(&["verify", "build/flan", "--format", "json"])
        .fails(1, &[])
        .json();
    fits(&project, "verify", &json);
    assert!(
        json["problems"][0]
            .as_str()
            .is_some_and(|p| p.contains("train-00000-of-00002")),
        "{json}"
    );

    fs::write(&shard, &whole).expect("the shard");
    project.write("build/flan/data/train-00002-of-00003.parquet", "more");
    project
        .run(&["verify", "build/flan"])
        .fails(1, &["data/train-00002-of-00003.parquet", "does not know"]);
    fs::remove_file(project.path("build/flan/data/train-00002-of-00003.parquet")).expect("the file");

    let manifest = project.read("build/flan/manifest.json");
    let mut wrong: Value = serde_json::from_str(&manifest).expect("JSON");
    let rows = wrong["shards"][0]["rows"].as_u64().expect("rows");
    wrong["shards"][0]["rows"] = (rows + 1).into();
    project.write("build/flan/manifest.json", &wrong.to_string());
    project
        .run(&["verify", "build/flan"])
        .fails(1, &["data/train-00000-of-00002.parquet", &format!("{rows} rows")]);

    project.write("build/flan/manifest.json", &manifest);
    project.run(&["verify", "build/flan"]).ok();
    project
        .run(&["verify", "nowhere"])
        .fails(2, &["is this a build of flanc?"]);
}

// ---- new, schema, help ----------------------------------------------------------------------------------

/// The first bytes of a Parquet file with the columns of `NEW`.
fn parquet() -> Vec<u8> {
    let column = |name: &str, values: ArrayRef| (name.to_string(), values);
    let batch = RecordBatch::try_from_iter([
        column(
            "Sentence",
            Arc::new(StringArray::from_iter_values((0..20).map(|n| format!("words {n}")))) as ArrayRef,
        ),
        column("rating", Arc::new(Int64Array::from_iter_values(0..20))),
        column(
            "good",
            Arc::new((0..20).map(|n| Some(n % 2 == 0)).collect::<BooleanArray>()),
        ),
    ])
    .expect("columns of one length");
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("a row group");
    writer.close().expect("a footer");
    bytes
}

#[test]
fn a_card_for_any_data_file_checks_clean() {
    let lines = |head: &str, one: &dyn Fn(usize) -> String| head.to_string() + &(0..20).map(one).collect::<String>();
    let files: Vec<(&str, Vec<u8>)> = vec![
        (
            "reviews.csv",
            lines("Sentence,rating,good\n", &|n| {
                format!("\"words, {n}\",{n},{}\n", n % 2 == 0)
            })
            .into(),
        ),
        (
            "my reviews.tsv",
            lines("Sentence\tthe label\n", &|n| format!("words {n}\t{}\n", n % 3)).into(),
        ),
        (
            "2023.jsonl",
            lines("", &|n| {
                format!(
                    "{{\"text\": \"words {n}\", \"tags\": [\"a\"], \"input\": \"x {n}\", \"class\": \"{}\"}}\n",
                    ["pos", "neg"][n % 2]
                )
            })
            .into(),
        ),
        (
            "names.csv",
            lines("Answer,options,a b,a-b\n", &|n| format!("a{n},b{n},c{n},d{n}\n")).into(),
        ),
        (
            "ends_in_a_list.jsonl",
            lines("", &|n| format!("{{\"q\": \"x {n}\", \"tags\": [\"a\", \"b\"]}}\n")).into(),
        ),
        ("table.parquet", parquet()),
        ("lines.txt", lines("", &|n| format!("words {n}\n")).into()),
    ];
    for (name, bytes) in files {
        let project = Project::new();
        fs::write(project.path(name), bytes).expect("the file");
        let run = project.run(&["new", "dataset", name]).ok();
        assert_eq!(run.stdout.lines().count(), 2, "{}", run.stdout);
        let checked = project.run(&["check"]);
        assert_eq!((checked.code, checked.stderr.as_str()), (0, ""), "the card of {name}");
        assert!(checked.stdout.starts_with("1 dataset,"), "{}", checked.stdout);
        // A second one never overwrites the first.
        project.run(&["new", "dataset", name]).fails(2, &["is there already"]);
    }
}

#[test]
fn a_card_reads_the_file_it_was_made_of() {
    let project = project();
    project.write(
        "data/reviews/reviews.csv",
        "sentence,good\nwords,true\nmore words,false\n",
    );
    project.run(&["new", "dataset", "data/reviews/reviews.csv"]).ok();
    let json = project
        .run(&[
            "count", "reviews", "--source", "original", "--data", "data", "--format", "json",
        ])
        .ok()
        .json();
    assert_eq!(json["splits"][0]["kept"], 2, "{json}");
    project
        .run(&["new", "dataset", "data/nothing.csv"])
        .fails(2, &["nothing.csv"]);
    project
        .run(&["new", "dataset", "flanc.exe"])
        .fails(2, &["flanc.exe", ".jsonl"]);
    project
        .run(&["new", "dataset", "data/reviews/reviews.csv", "--id", "Bad Id"])
        .fails(2, &["`Bad Id` is no id"]);
}

#[test]
fn every_schema_is_printed_and_an_unknown_one_is_met_with_the_nearest() {
    let project = Project::new();
    let all = project.run(&["schema"]).ok().json();
    for (name, schema) in all.as_object().expect("schemas") {
        assert!(schema["type"] == "object", "`{name}` describes no object: {schema}");
        assert_eq!(&project.run(&["schema", name]).ok().json(), schema);
    }
    project
        .run(&["schema", "manifset"])
        .fails(2, &["did you mean `manifest`?"]);
}

#[test]
fn help_and_version_end_well_and_wrong_usage_does_not() {
    let project = Project::new();
    let help = project.run(&["--help"]).ok().stdout;
    for command in [
        "build", "check", "count", "diff", "list", "new", "schema", "show", "stats", "trace", "verify",
    ] {
        assert!(
            help.contains(&format!("\n  {command}")),
            "`{command}` is not in:\n{help}"
        );
        assert!(project.run(&[command, "--help"]).ok().stdout.contains("Usage: flanc"));
    }
    assert!(project.run(&["--version"]).ok().stdout.starts_with("flanc "));
    project.run(&[]).fails(2, &["Usage"]);
    project.run(&["biuld"]).fails(2, &["build"]);
    project.run(&["build", "--shards", "0"]).fails(2, &["--shards"]);
    project
        .run(&["check", "--format", "parquet"])
        .fails(2, &["only `build` writes shards"]);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    use std::process::{Command, Stdio};
    let project = project();
    let mut child = Command::new(env!("CARGO_BIN_EXE_flanc"))
        .current_dir(project.dir.path())
        .args(["show", "weather", "--rows", "60"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
