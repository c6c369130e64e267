//! What all commands print alike: diagnostics, failures, aligned tables.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use super::args::{Color, Common};
use crate::diagnostic;
use crate::project::{self, Project};
use crate::text;

/// Mistakes in the project, or a build that is not what it should be.
pub const FOUND: ExitCode = ExitCode::FAILURE;

/// Prints results. The one place that writes to stdout.
pub fn print(text: &str) {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    // A reader that went away, as `head` does, is no failure of ours.
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

/// Prints a note for the person at the terminal.
pub fn note(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

pub fn print_json(value: &serde_json::Value) {
    print(&format!("{value:#}\n"));
}

/// Whether diagnostics have colours, which go to stderr.
pub fn color(common: &Common) -> bool {
    wants_color(common, std::io::stderr().is_terminal())
}

/// Whether results have colours, which go to stdout.
pub fn paints(common: &Common) -> bool {
    wants_color(common, std::io::stdout().is_terminal())
}

fn wants_color(common: &Common, terminal: bool) -> bool {
    match common.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()) && terminal,
    }
}

/// What went wrong outside the project's texts: wrong usage, a disk, a data file.
pub fn failed(error: &anyhow::Error) -> ExitCode {
    note(&format!("error: {error:#}"));
    outside()
}

/// The exit code of such a failure.
pub fn outside() -> ExitCode {
    ExitCode::from(2)
}

/// Reads the project and prints its mistakes; `Err` holds the exit code where there are any.
pub fn sound_project(common: &Common) -> anyhow::Result<Result<Project, ExitCode>> {
    let project = project::load(&common.project)?;
    if diagnostic::has_errors(&project.diagnostics) {
        report(common, &project);
        return Ok(Err(FOUND));
    }
    warn(common, &project);
    Ok(Ok(project))
}

/// Reads the project, prints its mistakes and goes on with what is sound. The code is how the command is to end when
/// all else goes well.
pub fn usable_project(common: &Common) -> anyhow::Result<(Project, ExitCode)> {
    let project = project::load(&common.project)?;
    warn(common, &project);
    let code = if diagnostic::has_errors(&project.diagnostics) {
        FOUND
    } else {
        ExitCode::SUCCESS
    };
    Ok((project, code))
}

/// Prints the diagnostics as text, which leaves stdout to the result.
fn warn(common: &Common, project: &Project) {
    if !project.diagnostics.is_empty() {
        report_text(common, project);
    }
}

/// Prints the diagnostics of a project and how many there are.
pub fn report(common: &Common, project: &Project) {
    if common.json() {
        print_json(&serde_json::json!({ "diagnostics": diagnostic::to_json(&project.diagnostics, &project.sources) }));
        return;
    }
    report_text(common, project);
}

fn report_text(common: &Common, project: &Project) {
    note(diagnostic::to_text(&project.diagnostics, &project.sources, color(common)).trim_end());
    let errors = project.diagnostics.iter().filter(|d| d.is_error()).count();
    let warnings = project.diagnostics.len() - errors;
    note(&format!(
        "\n{}, {}",
        text::count(errors, "error"),
        text::count(warnings, "warning")
    ));
}

/// A table in columns: the first to the left, numbers to the right.
pub fn table(rows: &[Vec<String>]) -> String {
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..width)
        .map(|c| {
            rows.iter()
                .filter_map(|r| r.get(c))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let numeric = |cell: &str| cell.chars().all(|c| c.is_ascii_digit() || "-,.% ".contains(c));
    let right: Vec<bool> = (0..width)
        .map(|c| rows.iter().skip(1).filter_map(|r| r.get(c)).all(|cell| numeric(cell)))
        .collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (c, cell) in row.iter().enumerate() {
            let pad = " ".repeat(widths[c] - cell.chars().count());
            let gap = if c == 0 { "" } else { "  " };
            line.push_str(&if right[c] {
                format!("{gap}{pad}{cell}")
            } else {
                format!("{gap}{cell}{pad}")
            });
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}
