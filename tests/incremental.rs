//! What a build takes over from the one before it, and what it must not: after every kind of change the result is that of
//! a build that knows nothing, and the counters say how much work it was.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use arrow::array::AsArray as _;
use arrow::datatypes::Int32Type;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use crate::built::files;
use crate::support::Project;

const PROJECT: &str = r#"
cluster animals {}
cluster numbers {}

dataset pets in animals {
  field story: text
  field question: text
  field label: choice { no = "0" yes = "1" } says plain { "No" "Yes" }
  drop "no question" when question == "-"
  reserve 20
  source sample {
    train { rows jsonl "pets.jsonl" }
    test { rows jsonl "pets-test.jsonl" }
  }
}

dataset sums in numbers {
  field left: number
  field right: number
  field total: number
  key left, right
  answer total
  reserve 20
  source sample {
    train { rows jsonl "sums.jsonl" }
    test { rows jsonl "sums-test.jsonl" }
  }
}

mixture all { include all rates proportional maximum 3000 }
"#;

const PETS: &str = r#"
templates pets for pets {
  template ask { input "{{ story }}\n\n{{ question }}\n{{ options }}" target "{{ answer }}" }
  template tell { input "Q: {{ question }}\n\nText: {{ story }}\n{{ options }}" target "{{ answer }}" }
  template yes_only when label == yes { input "{{ story }} So: {{ question }} Say why not.\n{{ options }}" target "{{ answer }}" }
  turned write { input "Write a story about: {{ question }}" target "{{ story }}" }
}
"#;

const SUMS: &str = r#"
templates sums for sums {
  template plus { input "{{ left }} + {{ right }} =" target "{{ total }}" }
  template words { input "What is {{ left }} plus {{ right }}?" target "{{ total }}" }
}
"#;

fn pets(from: usize, to: usize) -> String {
    let row = |at: usize| {
        let question = if at % 17 == 3 {
            "-".to_string()
        } else {
            format!("Was it cat {at}?")
        };
        format!(
            "{{\"story\": \"Cat {at}  sat on mat {}.\", \"question\": \"{question}\", \"label\": {}}}\n",
            at * 7,
            at % 2
        )
    };
    (from..to).map(row).collect()
}

fn sums(from: usize, to: usize) -> String {
    let row = |at: usize| format!("{{\"left\": {at}, \"right\": {}, \"total\": {}}}\n", at * 3, at * 4);
    (from..to).map(row).collect()
}

fn project() -> Project {
    let project = Project::new();
    project
        .write(
            "flanc.toml",
            "[build]\nmixture = \"all\"\nsource = \"sample\"\ndata = \"data\"\nshards = 3\n",
        )
        .write("project.flan", PROJECT)
        .write("pets.flan", PETS)
        .write("sums.flan", SUMS)
        .write("data/pets.jsonl", &pets(0, 600))
        .write("data/pets-test.jsonl", &pets(1000, 1060))
        .write("data/sums.jsonl", &sums(0, 500))
        .write("data/sums-test.jsonl", &sums(1000, 1050));
    project
}

/// Builds with the cache, and without it beside that; they have to be equal. What the first had to do.
#[track_caller]
pub fn build(project: &Project, more: &[&str]) -> Value {
    let args = |rest: &[&'static str]| [&["build", "--format", "json"], rest, more].concat();
    let with = project.run(&args(&["--out", "with"])).ok().json();
    project.run(&args(&["--out", "without", "--no-cache"])).ok();
    assert!(
        files(&project.path("with")) == files(&project.path("without")),
        "the cache shows"
    );
    with["work"].clone()
}

fn number(work: &Value, name: &str) -> u64 {
    work[name].as_u64().expect(name)
}

/// How many examples of a build in JSON lines are of a template.
fn examples(project: &Project, template: &str) -> u64 {
    let shards = fs::read_dir(project.path("with/data")).expect("the shards").flatten();
    let text = |entry: fs::DirEntry| fs::read_to_string(entry.path()).expect("a shard of lines");
    let wanted = format!("\"template\":\"{template}\"");
    let of = |text: String| text.lines().filter(|line| line.contains(&wanted)).count() as u64;
    shards.map(|entry| of(text(entry))).sum()
}

#[test]
fn a_build_of_what_is_unchanged_does_nothing() {
    let project = project();
    let first = build(&project, &[]);
    assert_eq!(number(&first, "rows_read"), 1210);
    assert!(number(&first, "rendered") > 1000);
    let again = build(&project, &[]);
    assert_eq!(number(&again, "rows_read"), 0);
    assert_eq!(number(&again, "rows_kept"), 1210);
    assert_eq!(number(&again, "rendered"), 0);
    assert_eq!(number(&again, "shards_kept"), 6);
}

#[test]
fn only_the_examples_of_a_template_that_was_edited_are_rendered() {
    let project = project();
    let lines = ["--format", "jsonl"];
    let first = build(&project, &lines);
    let all = number(&first, "rendered");
    project.write("sums.flan", &SUMS.replace("What is", "How much is"));
    let edited = build(&project, &lines);
    assert_eq!(number(&edited, "rows_read"), 0);
    let rendered = number(&edited, "rendered");
    assert_eq!(rendered, examples(&project, "words"));
    assert_eq!(rendered + number(&edited, "reused"), all);
    assert!(rendered > 200 && rendered < all / 3, "{rendered} of {all}");
}

/// A name, what is written in place of what in which file, and whether sources are read again for it.
const CHANGES: &[(&str, &str, &str, &str, bool)] = &[
    (
        "a verbalizer",
        "project.flan",
        "\"No\" \"Yes\"",
        "\"Nope\" \"Yes\"",
        true,
    ),
    (
        "the order of options",
        "project.flan",
        "no = \"0\" yes = \"1\" } says plain { \"No\" \"Yes\" }",
        "yes = \"1\" no = \"0\" } says plain { \"Yes\" \"No\" }",
        true,
    ),
    (
        "a filter",
        "project.flan",
        "when question == \"-\"",
        "when question == \"-\" or label == yes",
        true,
    ),
    (
        "a clean-up",
        "project.flan",
        "field story: text",
        "field story: text clean { collapse }",
        true,
    ),
    ("a cap", "project.flan", "maximum 3000", "maximum 3000 cap 250", false),
    (
        "shuffled options",
        "project.flan",
        "include all",
        "include all options shuffled",
        false,
    ),
    (
        "a reserve",
        "project.flan",
        "answer total\n  reserve 20",
        "answer total\n  reserve 40",
        true,
    ),
    ("a guard", "pets.flan", "when label == yes", "when label == no", false),
    ("a role", "pets.flan", "turned write", "template write", false),
    (
        "tickets",
        "pets.flan",
        "template tell {",
        "template tell tickets 3 {",
        false,
    ),
    (
        "a new template",
        "sums.flan",
        "template words",
        "template third { input \"{{ right }} and {{ left }}\" target \"{{ total }}\" }\n  template words",
        false,
    ),
    (
        "a template that is gone",
        "pets.flan",
        "  template tell { input \"Q: {{ question }}\\n\\nText: {{ story }}\\n{{ options }}\" target \"{{ answer }}\" }\n",
        "",
        false,
    ),
    (
        "a name",
        "sums.flan",
        "template words",
        "template in_words was words",
        false,
    ),
];

#[test]
fn nothing_is_taken_over_that_a_change_reaches() {
    let project = project();
    build(&project, &[]);
    for (what, file, from, to, reads) in CHANGES {
        let before = project.read(file);
        let after = before.replacen(from, to, 1);
        assert_ne!(before, after, "{what}: the change changes nothing");
        project.write(file, &after);
        let work = build(&project, &[]);
        assert_eq!(number(&work, "rows_read") > 0, *reads, "{what}: {work}");
        project.write(file, &before);
        let back = build(&project, &[]);
        assert_eq!(number(&back, "rows_read") > 0, *reads, "{what} taken back: {back}");
    }
}

#[test]
fn a_change_of_the_source_of_the_seed_and_of_the_storage_reaches_the_build() {
    let project = project();
    build(&project, &[]);
    // One byte, in a file of the same size.
    project.write(
        "data/sums.jsonl",
        &sums(0, 500).replacen("\"total\": 40}", "\"total\": 41}", 1),
    );
    let work = build(&project, &[]);
    assert_eq!(number(&work, "rows_read"), 500, "{work}");
    project.write("data/pets.jsonl", &pets(0, 640));
    let work = build(&project, &[]);
    assert_eq!(number(&work, "rows_read"), 640, "{work}");
    for more in [
        &["--seed", "9"][..],
        &["--shards", "2"],
        &["--zstd", "1"],
        &["--sample", "100"],
        &["--layout", "messages"],
        &["--format", "arrow"],
        &["--memory", "1MiB"],
    ] {
        let work = build(&project, more);
        assert_eq!(number(&work, "rows_read"), 0, "{more:?}: {work}");
    }
}

#[test]
fn shards_of_one_dataset_each_leave_those_of_others_as_they_were() {
    let project = project();
    build(&project, &["--shard-by", "dataset"]);
    project.run(&["verify", "with"]).ok();
    project.write("sums.flan", &SUMS.replace("What is", "How much is"));
    let work = build(&project, &["--shard-by", "dataset"]);
    // Train, validation, test and exemplars of `pets`.
    assert_eq!(number(&work, "shards_kept"), 4, "{work}");
    project.run(&["verify", "with"]).ok();
    // Other places are another order, and a damaged one is none.
    build(&project, &["--shard-by", "dataset", "--seed", "7"]);
    let kept = fs::read_dir(project.path(".flanc/cache/order")).expect("orders");
    let kept = kept.map(|entry| entry.expect("an entry").path());
    let kept: Vec<_> = kept
        .filter(|path| path.extension().is_some_and(|e| e == "parquet"))
        .collect();
    assert_eq!(kept.len(), 2, "of two seeds: {kept:?}");
    for order in kept {
        fs::write(order, "damaged").expect("the order");
    }
    build(&project, &["--shard-by", "dataset"]);
    project.run(&["verify", "with"]).ok();
    // The order is that of a build whose shards stand in it.
    project
        .run(&["build", "--out", "mixed", "--shards", "1", "--format", "jsonl"])
        .ok();
    project
        .run(&["build", "--out", "apart", "--shard-by", "dataset", "--format", "jsonl"])
        .ok();
    let lines = |file: &Path| -> Vec<String> {
        let text = fs::read_to_string(file).expect("a shard");
        text.lines().map(str::to_string).collect()
    };
    let mixed = lines(&project.path("mixed/data/train-00000-of-00001.jsonl"));
    let apart = ["pets", "sums"].map(|id| lines(&project.path(&format!("apart/data/train-{id}-00000-of-00001.jsonl"))));
    let file = fs::File::open(project.path("apart/order.parquet")).expect("the order");
    let mut again = Vec::new();
    for batch in ParquetRecordBatchReaderBuilder::try_new(file)
        .expect("its head")
        .build()
        .expect("its rows")
    {
        let batch = batch.expect("rows");
        let column = |at: usize| batch.column(at).as_primitive::<Int32Type>().clone();
        for (shard, row) in column(0).values().iter().zip(column(1).values()) {
            again.push(apart[*shard as usize][*row as usize].clone());
        }
    }
    assert!(again == mixed, "the order is another");
}

#[test]
fn a_damaged_cache_is_no_cache() {
    let project = project();
    build(&project, &[]);
    let kinds = ["rows", "shards"].map(|kind| project.path(&format!(".flanc/cache/{kind}")));
    let mut damaged = 0;
    for folder in kinds {
        for entry in fs::read_dir(folder).expect("the cache").flatten() {
            let path = entry.path();
            if path.is_file() {
                let mut bytes = fs::read(&path).expect("a file of the cache");
                let at = bytes.len() - bytes.len() / 3 - 1;
                match damaged % 3 {
                    0 => bytes.truncate(at),
                    1 => bytes.clear(),
                    _ => bytes[at] ^= 0x20,
                }
                // Not in place: a build's own file may be the same one.
                fs::remove_file(&path).expect("its removal");
                fs::write(&path, bytes).expect("its damage");
                damaged += 1;
            }
        }
    }
    assert!(damaged >= 20, "only {damaged} files were damaged");
    build(&project, &[]);
}

/// Cells are read when they are asked for, so damage to them is met while examples are rendered.
#[test]
fn rows_that_are_damaged_in_the_cache_are_read_from_their_source() {
    let project = project();
    build(&project, &[]);
    for part in 0..12 {
        for entry in fs::read_dir(project.path(".flanc/cache/rows"))
            .expect("the cache")
            .flatten()
        {
            let path = entry.path();
            if path.is_file() {
                let mut bytes = fs::read(&path).expect("rows of the cache");
                let at = bytes.len() * part / 12;
                bytes[at] ^= 0x04;
                fs::write(&path, bytes).expect("its damage");
            }
        }
        project
            .write("pets.flan", &PETS.replace("Q:", &format!("Q {part}:")))
            .write("sums.flan", &SUMS.replace("What is", &format!("What, {part}, is")));
        build(&project, &[]);
        // A build stops at the first damage that it meets, so there may be more; in the end all is whole again.
        let seeds = (0..8).map(|seed| build(&project, &["--seed", &format!("{part}{seed}")]));
        let found = seeds.map(|work| number(&work, "rows_read")).position(|read| read == 0);
        assert!(found.is_some_and(|builds| builds < 6), "part {part}");
    }
}

/// Numbers that look random and are the same every time.
fn dice(mut state: u64) -> impl Iterator<Item = u64> {
    std::iter::repeat_with(move || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        state >> 33
    })
}

/// A build that is killed at thirty moments, half of them by the clock and half at a byte of what it writes, leaves nothing
/// behind that the next one trips over: each is done again on what the killed one left.
#[test]
fn a_build_killed_anywhere_gives_the_same_bytes_when_it_is_run_again() {
    let project = project();
    project
        .write("data/pets.jsonl", &pets(0, 6000))
        .write("data/sums.jsonl", &sums(0, 6000));
    let begun = Instant::now();
    project.run(&["build", "--out", "first", "--no-cache"]).ok();
    let whole = begun.elapsed();
    let mut dice = dice(7);
    let mut killed = 0;
    for round in 0..30u64 {
        let seed = (round / 6).to_string();
        let limit = if round % 2 == 0 {
            // In blocks of 512 bytes; the largest file of the build has some hundred of them.
            format!("ulimit -f {}; ", dice.next().unwrap_or_default() % 300)
        } else {
            String::new()
        };
        let script = format!("{limit}exec \"$0\" build --out killed --seed {seed}");
        let mut child = Command::new("sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_flanc")])
            .current_dir(project.dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        if limit.is_empty() {
            let part = dice.next().unwrap_or_default() % 1000;
            std::thread::sleep(whole.mul_f64(part as f64 / 1000.0).max(Duration::from_millis(1)));
            let _ = child.kill();
        }
        killed += u64::from(!child.wait().expect("its end").success());
        project.run(&["build", "--out", "killed", "--seed", &seed]).ok();
        project
            .run(&["build", "--out", "sound", "--seed", &seed, "--no-cache"])
            .ok();
        assert!(
            files(&project.path("killed")) == files(&project.path("sound")),
            "round {round}"
        );
    }
    assert!(killed >= 10, "only {killed} of 30 builds were killed before their end");
}
