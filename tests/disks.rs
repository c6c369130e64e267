//! Disks that fail: full ones, read-only ones, and a limit on the size of files. Each is one error with exit code 2 that says
//! what could not be written, and the build that was there before is as it was.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::built::files;
use crate::support::{Project, Run, say};

/// A project of so many rows of about a hundred bytes, no two of which compress into each other.
fn project(rows: usize) -> Project {
    let project = Project::new();
    project.write(
        "all.flan",
        r#"cluster misc { title "Rest" }
dataset t in misc {
  title "T"
  field text: text
  field label: choice { good bad }
  source sample { train { rows jsonl "t/rows.jsonl" } }
}
templates t for t { template say { input "{{ text }}" target "{{ answer }}" } }
mixture flan { title "All" include all cap none rates proportional }
"#,
    );
    grow(&project, rows);
    project
}

fn grow(project: &Project, rows: usize) {
    let mut state = 7u64;
    let mut word = || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        format!("{:016x}", state ^ (state >> 29))
    };
    let mut row = |at: usize| {
        let words: Vec<String> = (0..6).map(|_| word()).collect();
        format!(
            "{{\"text\": \"{}\", \"label\": \"{}\"}}\n",
            words.join(" "),
            ["good", "bad"][at % 2]
        )
    };
    let text: String = (0..rows).map(&mut row).collect();
    project.write("datasets/samples/t/rows.jsonl", &text);
}

/// A build of a few rows, then one of many that has to fail.
#[track_caller]
fn fails(project: &Project, build: impl FnOnce() -> Run, says: &[&str]) {
    let before = files(&project.path("build/flan"));
    let run = build().fails(2, says);
    let errors = run.stderr.lines().filter(|line| line.starts_with("error:")).count();
    assert_eq!(errors, 1, "{}", run.stderr);
    assert_eq!(run.stdout, "");
    assert!(
        files(&project.path("build/flan")) == before,
        "the build before is not as it was"
    );
    let there: Vec<_> = fs::read_dir(project.path("build"))
        .expect("build/")
        .flatten()
        .map(|e| e.file_name())
        .collect();
    assert_eq!(there, ["flan"], "something is left");
    project.run(&["verify", "build/flan"]).ok();
}

/// A disk of its own, taken away at the end.
struct Mount(PathBuf);

impl Mount {
    /// `None` where this user may not mount one.
    fn new(at: &Path, options: &str) -> Option<Self> {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(at)
            .output();
        mounted
            .is_ok_and(|output| output.status.success())
            .then(|| Self(at.to_path_buf()))
    }

    fn remount(&self, options: &str) -> bool {
        let remounted = Command::new("mount").args(["-o", options]).arg(&self.0).status();
        remounted.is_ok_and(|status| status.success())
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["-l"]).arg(&self.0).status();
    }
}

#[test]
fn a_shard_that_cannot_be_written_is_named() {
    let project = project(100);
    project.run(&["build", "--shards", "1"]).ok();
    grow(&project, 30_000);
    for format in ["parquet", "arrow", "jsonl"] {
        let args = ["build", "--shards", "1", "--no-cache", "--format", format];
        let file = format!("data/train-00000-of-00001.{format}");
        fails(
            &project,
            || project.run_limited(400, &args),
            &["cannot write", &file, "File too large"],
        );
    }
    project.run(&["build", "--shards", "1"]).ok();
}

#[test]
fn rows_that_cannot_be_kept_beside_the_build_are_an_error() {
    let project = project(100);
    project.run(&["build"]).ok();
    grow(&project, 30_000);
    let args = ["build", "--memory", "1MiB", "--no-cache"];
    let says = [
        "cannot keep rows beside the build",
        "File too large",
        "help: free some space",
        "--memory",
    ];
    fails(&project, || project.run_limited(400, &args), &says);
    project.run(&["build", "--memory", "1MiB"]).ok();
}

#[test]
fn a_full_disk_is_said() {
    let project = project(100);
    fs::create_dir(project.path("build")).expect("a directory");
    let Some(_mount) = Mount::new(&project.path("build"), "size=1m") else {
        say("no disk could be mounted here: full ones are not tested");
        return;
    };
    project.run(&["build", "--shards", "1"]).ok();
    grow(&project, 60_000);
    let full = "No space left on device";
    fails(
        &project,
        || project.run(&["build", "--shards", "1", "--no-cache"]),
        &["cannot write", "data/train-00000-of-00001.parquet", full],
    );
    fails(
        &project,
        || project.run(&["build", "--memory", "1MiB", "--no-cache"]),
        &["cannot keep rows beside the build", full, "help: free some space"],
    );
}

#[test]
fn a_disk_that_is_read_only_is_said() {
    let project = project(100);
    project.run(&["build"]).ok();
    project.write("file", "");
    // Nothing can be made below a file, whoever asks.
    project
        .run(&["build", "--out", "file/flan"])
        .fails(2, &["cannot make file"]);
    project
        .run(&["build", "--out", "file"])
        .fails(2, &["file is there already"]);
    project.run(&["verify", "build/flan"]).ok();

    fs::remove_dir_all(project.path("build")).expect("the build");
    fs::create_dir(project.path("build")).expect("a directory");
    let Some(mount) = Mount::new(&project.path("build"), "size=8m") else {
        say("no disk could be mounted here: read-only ones are not tested");
        return;
    };
    project.run(&["build"]).ok();
    assert!(mount.remount("remount,ro"), "the disk cannot be made read-only");
    fails(
        &project,
        || project.run(&["build", "--seed", "5"]),
        &["cannot make", ".flan.building", "Read-only file system"],
    );
    project
        .run(&["build", "--out", "build/other"])
        .fails(2, &["cannot make", "Read-only file system"]);
    let there: BTreeMap<_, _> = fs::read_dir(project.path("build"))
        .expect("build/")
        .flatten()
        .map(|e| (e.file_name(), ()))
        .collect();
    assert_eq!(there.len(), 1);
}
