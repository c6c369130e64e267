//! Builds that are killed, interrupted or begun twice: the build that was there before stays whole.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::failures::{files, jsonl, project, put};
use crate::support::Project;

/// A project whose build takes long enough to be killed in the middle, built once from fewer rows.
fn long() -> (Project, BTreeMap<String, Vec<u8>>) {
    let project = project("jsonl", "rows.jsonl");
    let card = project
        .read("all.flan")
        .replace("include all", "include all size 1_500_000 examples");
    project.write("all.flan", &card);
    put(&project, "rows.jsonl", &jsonl(2_000));
    project.run(&["build", "--sample", "50"]).ok();
    let before = files(&project.path("build/flan"));
    (project, before)
}

/// Starts the long build and returns once it writes shards.
fn begin(project: &Project) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flanc"));
    command
        .current_dir(project.dir.path())
        .args(["build", "--threads", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // Tests that run in the background ignore ctrl-C, and what they start would as well.
    // SAFETY: signal may be called between fork and exec.
    unsafe {
        command.pre_exec(|| {
            libc::signal(libc::SIGINT, libc::SIG_DFL);
            Ok(())
        });
    }
    let mut child = command.spawn().expect("the program starts");
    let begun = Instant::now();
    let shards = || fs::read_dir(project.path("build/.flan.building/data")).is_ok_and(|mut d| d.next().is_some());
    while !shards() {
        assert!(
            child.try_wait().expect("a child").is_none(),
            "the build ended before it could be killed"
        );
        assert!(begun.elapsed() < Duration::from_secs(60), "no shard was begun");
        std::thread::sleep(Duration::from_millis(2));
    }
    child
}

fn a_killed_build_changes_nothing(signal: &str, number: i32) {
    let (project, before) = long();
    let mut child = begin(&project);
    let killed = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .expect("kill");
    assert!(killed.success());
    let status = child.wait().expect("an end");
    assert_eq!(
        status.signal(),
        Some(number),
        "the build ended before it was killed: {status}"
    );
    assert!(
        files(&project.path("build/flan")) == before,
        "the build before is not as it was"
    );
    project.run(&["verify", "build/flan"]).ok();
    project.run(&["build", "--sample", "60"]).ok();
    project.run(&["verify", "build/flan"]).ok();
    assert!(
        files(&project.path("build/flan")) != before,
        "the next build took no effect"
    );
    assert!(
        !project.path("build/.flan.building").exists(),
        "the killed build is still lying there"
    );
}

#[test]
fn a_build_that_is_killed_leaves_the_one_before_it() {
    a_killed_build_changes_nothing("-KILL", 9);
}

#[test]
fn a_build_that_is_interrupted_leaves_the_one_before_it() {
    a_killed_build_changes_nothing("-INT", 2);
}

#[test]
fn two_builds_of_one_mixture_do_not_meet() {
    let (project, _) = long();
    let mut child = begin(&project);
    project.run(&["build"]).fails(2, &["another build is writing"]);
    child.kill().expect("a child");
    child.wait().expect("an end");
}
