//! Sources on servers: fetched once, locked, built without a network, and refused where they are not what the lock says.

use std::fs;

use crate::server::{Fault, Server};
use crate::support::{Project, Run, one_dataset};

/// A project whose one dataset reads `rows FORMAT PATHS` in its source `hub`.
pub fn project(rows: &str) -> Project {
    let project = Project::new();
    declare(&project, rows);
    project
}

fn declare(project: &Project, rows: &str) {
    project.write("flanc.toml", "[build]\nsource = \"hub\"\ndata = \"data\"\nshards = 1\n");
    let says = format!("source hub {{ train {{ rows {rows} }} }}");
    project.write("all.flan", &one_dataset(&says));
}

pub fn rows(words: &str, count: usize) -> Vec<u8> {
    let row = |n: usize| {
        let label = ["good", "bad"][n % 2];
        format!("{{\"text\": \"{words} {n}\", \"label\": \"{label}\"}}\n")
    };
    (0..count).map(row).collect::<String>().into_bytes()
}

fn sha256(bytes: &[u8]) -> String {
    flanc::digest::hex(&flanc::digest::sha256_of(bytes).expect("bytes"))
}

pub fn no_cache(project: &Project) {
    fs::remove_dir_all(project.path(".flanc")).expect("the cache");
}

fn examples(run: Run) -> u64 {
    let manifest = run.ok().json()["manifest"].clone();
    manifest["datasets"]["t"]["read"].as_u64().expect("a number")
}

pub fn build(project: &Project, env: &[(&str, &str)]) -> u64 {
    examples(project.run_in(&["build", "--format", "json"], env))
}

#[test]
fn a_file_is_fetched_locked_and_built_without_the_server() {
    let server = Server::new();
    let bytes = rows("words", 20);
    server.file("/d/rows.jsonl", bytes.clone());
    let url = server.url("/d/rows.jsonl");
    let project = project(&format!("jsonl \"{url}\""));

    let unlocked = ["is not in flanc.lock", "flanc fetch --source hub", url.as_str()];
    project.run(&["build"]).fails(2, &unlocked);
    assert!(server.log().is_empty(), "something was fetched that nothing had locked");

    let fetched = project.run(&["fetch", "--format", "json"]).ok().json();
    crate::schema::fits(&project, "fetch", &fetched);
    assert_eq!(fetched["files"][0]["rows"], 20);
    let lock = project.read("flanc.lock");
    let entry = format!(
        "[[file]]\nfile = \"{url}\"\netag = '\"{}\"'\nbytes = {}\nsha256 = \"{}\"\nrows = 20\n",
        &sha256(&bytes)[..32],
        bytes.len(),
        sha256(&bytes)
    );
    assert!(lock.ends_with(&format!("version = 1\n\n{entry}")), "{lock}");

    let asked = server.log().len();
    project.run(&["fetch"]).ok();
    assert_eq!(server.log().len(), asked, "what is locked and here was asked for again");
    assert_eq!(project.read("flanc.lock"), lock);

    drop(server);
    assert_eq!(build(&project, &[]), 20);
    project.run(&["build", "--offline"]).ok();
    project.run(&["verify", "build/flan"]).ok();
    project.run(&["count", "--offline"]).ok();
    project.run(&["show", "t", "--offline"]).ok();
    let info = project.read("build/flan/build-info.json");
    assert!(info.contains(&url) && info.contains(&sha256(&bytes)), "{info}");

    no_cache(&project);
    project
        .run(&["build", "--offline"])
        .fails(2, &["not in the cache", "offline", &url]);
    project
        .run_in(&["build"], &[("HF_HUB_OFFLINE", "1")])
        .fails(2, &["offline", &url]);
}

#[test]
fn a_build_fetches_what_is_locked_and_refuses_what_differs() {
    let server = Server::new();
    server.file("/rows.jsonl", rows("words", 20));
    let url = server.url("/rows.jsonl");
    let project = project(&format!("jsonl \"{url}\""));
    project.run(&["fetch"]).ok();
    no_cache(&project);
    assert_eq!(build(&project, &[]), 20);

    // What lies in the cache is not believed: it is fetched again where it is not what it should be.
    let cached = files(&project.path(".flanc/cache/files"));
    assert_eq!(cached.len(), 1);
    fs::write(&cached[0], "damaged").expect("the file");
    project.run(&["build", "--offline"]).fails(2, &[&url, "offline"]);
    assert_eq!(build(&project, &[]), 20);

    no_cache(&project);
    server.file("/rows.jsonl", rows("other words", 30));
    let says = [url.as_str(), "not the file of flanc.lock", "flanc fetch --update"];
    project.run(&["build"]).fails(2, &says);
    project.run(&["build", "--allow-missing"]).fails(2, &says);
    project.run(&["fetch"]).fails(2, &says);
    let updated = project.run(&["fetch", "--update"]).ok();
    assert!(updated.stdout.contains("1 changed"), "{}", updated.stdout);
    assert_eq!(build(&project, &[]), 30);
    let again = project.run(&["fetch", "--update"]).ok();
    assert!(again.stdout.contains("1 the same"), "{}", again.stdout);
    assert_eq!(
        server.log().last().expect("a request").header("if-none-match").len(),
        34
    );
}

fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[test]
fn files_of_the_data_directory_are_locked_too() {
    let project = project("jsonl \"t/*.jsonl\"");
    let write = |name: &str, bytes: Vec<u8>| project.write(name, &String::from_utf8(bytes).expect("text"));
    write("data/t/a.jsonl", rows("a", 5));
    write("data/t/b.jsonl", rows("b", 7));
    assert_eq!(build(&project, &[]), 12);
    project.run(&["fetch"]).ok();
    let lock = project.read("flanc.lock");
    assert!(
        lock.contains("file = \"t/b.jsonl\"\nsource = \"hub\"\npath = \"t/*.jsonl\"\n"),
        "{lock}"
    );
    assert_eq!(build(&project, &[]), 12);

    write("data/t/b.jsonl", rows("B", 7));
    let says = ["t/b.jsonl", "not the file of flanc.lock", "flanc fetch --update"];
    project.run(&["build"]).fails(2, &says);
    project.run(&["count"]).fails(2, &says);
    project.run(&["fetch"]).fails(2, &says);
    assert_eq!(project.read("flanc.lock"), lock);
    project.run(&["fetch", "--update"]).ok();
    assert_eq!(build(&project, &[]), 12);

    write("data/t/c.jsonl", rows("c", 1));
    project.run(&["build"]).fails(2, &["t/c.jsonl", "not in flanc.lock"]);
    fs::remove_file(project.path("data/t/c.jsonl")).expect("the file");
    fs::remove_file(project.path("data/t/a.jsonl")).expect("the file");
    project.run(&["build"]).fails(2, &["t/a.jsonl", "it is not there"]);
    project.run(&["fetch", "--update"]).ok();
    assert_eq!(build(&project, &[]), 7);

    // What no source names any more is forgotten.
    declare(&project, "jsonl \"t/b.jsonl\"");
    project.run(&["fetch"]).ok();
    assert!(!project.read("flanc.lock").contains("t/*.jsonl"));
}

#[test]
fn a_broken_lock_is_said() {
    let project = project("jsonl \"t/a.jsonl\"");
    project.write("flanc.lock", "version = 1\n<<<<<<< mine\n");
    project.run(&["build"]).fails(2, &["flanc.lock", "line 2", "help:"]);
}

#[test]
fn a_busy_server_and_a_connection_that_breaks_are_tried_again() {
    let server = Server::new();
    let bytes = rows("words", 2_000);
    server.file("/rows.jsonl", bytes.clone());
    server.fault("/rows.jsonl", Fault::Busy);
    server.fault("/rows.jsonl", Fault::CutAfter(10_000));
    server.fault("/rows.jsonl", Fault::Busy);
    let project = project(&format!("jsonl \"{}\"", server.url("/rows.jsonl")));
    project.run(&["fetch"]).ok();
    assert!(project.read("flanc.lock").contains(&sha256(&bytes)));
    let log = server.log();
    assert_eq!(log.len(), 4, "{log:?}");
    assert_eq!(log[3].header("range"), "bytes=10000-");
    assert!(!log[3].header("if-range").is_empty());
    assert_eq!(build(&project, &[]), 2_000);
}

#[test]
fn what_was_begun_is_taken_up_by_the_next_run() {
    let server = Server::new();
    let bytes = rows("words", 2_000);
    server.file("/rows.jsonl", bytes.clone());
    for _ in 0..5 {
        server.fault("/rows.jsonl", Fault::CutAfter(10_000));
    }
    let project = project(&format!("jsonl \"{}\"", server.url("/rows.jsonl")));
    let says = [
        "cannot be fetched",
        "5 times",
        "what has arrived is kept",
        "/rows.jsonl",
    ];
    project.run(&["fetch"]).fails(2, &says);
    assert!(!project.path("flanc.lock").exists(), "a lock of nothing");
    project.run(&["fetch"]).ok();
    assert_eq!(server.log().last().expect("a request").header("range"), "bytes=50000-");
    assert!(project.read("flanc.lock").contains(&sha256(&bytes)));
    assert!(files(&project.path(".flanc/cache/partial")).is_empty());

    // A run that was ended before it could lock what it had fetched costs a question, not a file.
    fs::remove_file(project.path("flanc.lock")).expect("the lock");
    server.fault("/rows.jsonl", Fault::CutAfter(0));
    project.run(&["fetch"]).ok();
    let asked = server.log();
    assert!(!asked.last().expect("a request").header("if-none-match").is_empty());
    assert!(project.read("flanc.lock").contains(&sha256(&bytes)));
}

#[test]
fn what_cannot_be_fetched_is_said_and_the_rest_is_locked() {
    let server = Server::new();
    server.file("/here.jsonl", rows("words", 4));
    let (here, gone) = (server.url("/here.jsonl"), server.url("/gone.jsonl"));
    let project = project(&format!("jsonl \"{here}\", \"{gone}\""));
    let run = project.run(&["fetch"]);
    run.fails(2, &[&gone, "404 Not Found", "help: check the url"]);
    let lock = project.read("flanc.lock");
    assert!(lock.contains(&here) && !lock.contains(&gone), "{lock}");
    project.run(&["build"]).fails(2, &[&gone, "is not in flanc.lock"]);
}

const BUCKET: &[(&str, &str)] = &[
    ("AWS_ACCESS_KEY_ID", "me"),
    ("AWS_SECRET_ACCESS_KEY", "secret"),
    ("AWS_ALLOW_HTTP", "true"),
];

#[test]
fn buckets_are_listed_and_read() {
    let server = Server::new();
    for (key, count) in [
        ("a/good/1.jsonl", 3),
        ("a/good/2.jsonl", 4),
        ("a/bad/1.jsonl", 5),
        ("b/1.jsonl", 6),
    ] {
        server.object("data", key, rows(key, count));
    }
    server.object("data", "a/notes.txt", "nothing");
    let endpoint = server.url("");
    let mut env = BUCKET.to_vec();
    env.push(("AWS_ENDPOINT_URL", &endpoint));
    let project = project("jsonl \"s3://data/a/{label}/*.jsonl\" columns { text  label \"label\" }");
    project.run_in(&["fetch"], &env).ok();
    let lock = project.read("flanc.lock");
    assert_eq!(lock.matches("[[file]]").count(), 3, "{lock}");
    assert!(lock.contains("file = \"s3://data/a/bad/1.jsonl\""), "{lock}");
    assert_eq!(build(&project, &[]), 12);
    project.run_in(&["fetch", "--update"], &env).ok();
    assert_eq!(project.read("flanc.lock"), lock);

    declare(&project, "jsonl \"s3://data/a/none.jsonl\"");
    project
        .run_in(&["fetch"], &env)
        .fails(2, &["s3://data/a/none.jsonl", "no such object"]);
    declare(&project, "jsonl \"s3://data/c/*.jsonl\"");
    project
        .run_in(&["fetch"], &env)
        .fails(2, &["s3://data/c/*.jsonl", "nothing there"]);
    env[0] = ("AWS_ACCESS_KEY_ID", "you");
    project
        .run_in(&["fetch"], &env)
        .fails(2, &["s3://data/c/*.jsonl", "refuses", "AWS_SKIP_SIGNATURE"]);
}

#[test]
fn an_archive_on_a_server_is_one_file() {
    let server = Server::new();
    let mut builder = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for name in ["x/good.jsonl", "x/bad.jsonl"] {
        let bytes = rows(name, 6);
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder
            .append_data(&mut header, name, bytes.as_slice())
            .expect("a member");
    }
    let archive = builder
        .into_inner()
        .and_then(flate2::write::GzEncoder::finish)
        .expect("an archive");
    server.file("/a.tgz", archive.clone());
    let url = server.url("/a.tgz");
    let project = project(&format!("jsonl \"{url}//x/*.jsonl\""));
    project.run(&["fetch"]).ok();
    let lock = project.read("flanc.lock");
    assert!(lock.contains(&format!("file = \"{url}\"\n")), "{lock}");
    assert!(
        lock.contains(&sha256(&archive)) && lock.ends_with("rows = 12\n"),
        "{lock}"
    );
    drop(server);
    assert_eq!(build(&project, &[]), 12);
    let info = project.read("build/flan/build-info.json");
    assert!(info.contains(&format!("\"file\": \"{url}\"")), "{info}");
    let shown = project.run(&["show", "t"]).ok();
    assert!(shown.stdout.contains("/a.tgz//x/"), "{}", shown.stdout);
}
