//! How much memory a build takes: what `--memory` says, for a source of four times that.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::{Project, one_dataset, say};

const MIB: u64 = 1 << 20;

/// Writes rows of about a kilobyte, no two alike, until there are so many bytes.
fn grow(project: &Project, bytes: u64) -> u64 {
    let folder = project.path("datasets/samples/t");
    fs::create_dir_all(&folder).expect("a directory");
    let mut out = BufWriter::new(File::create(folder.join("rows.jsonl")).expect("a file"));
    let words = "some rows are long and others are longer ".repeat(24);
    let (mut written, mut rows) = (0, 0);
    while written < bytes {
        let label = ["good", "bad"][rows as usize % 2];
        let row = format!("{{\"text\": \"{rows} {words}\", \"label\": \"{label}\"}}\n");
        out.write_all(row.as_bytes()).expect("a row");
        written += row.len() as u64;
        rows += 1;
    }
    out.flush().expect("all rows");
    rows
}

/// The most memory that a build of the project has had, in bytes, and what it printed.
fn peak(project: &Project, memory: &str) -> (u64, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_flanc"))
        .current_dir(project.dir.path())
        .args([
            "build",
            "--no-cache",
            "--threads",
            "2",
            "--zstd",
            "1",
            "--memory",
            memory,
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().expect("its state").is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
        peak = number
            .and_then(|kib| kib.trim().parse().ok())
            .map_or(peak, |kib: u64| peak.max(kib << 10));
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().expect("its output");
    assert!(output.status.success());
    (peak, String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn memory_is_kept_to_for_a_source_of_four_times_as_much() {
    let project = Project::new();
    let says = "source sample { train { rows jsonl \"t/rows.jsonl\" } }";
    let mixture = "mixture flan { title \"All\" include all cap none rates proportional }";
    let text = one_dataset(says).replace("mixture flan { title \"All\" include all }", mixture);
    assert!(text.contains(mixture));
    project.write("all.flan", &text);
    let rows = grow(&project, 4 * 256 * MIB);
    let (peak, printed) = peak(&project, "256MiB");
    assert!(printed.contains(&flanc::text::thousands(rows)), "{printed}");
    say(&format!(
        "memory: {} MiB at most, of the 256 that were said, for {rows} rows",
        peak / MIB
    ));
    assert!(peak > 64 * MIB && peak <= 256 * MIB * 115 / 100, "{} MiB", peak / MIB);
}
