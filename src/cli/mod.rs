//! The command line, thin: arguments in, one function of the library called, tables and diagnostics out.
//!
//! Results go to stdout, everything else to stderr. Exit codes: 0 done; 1 the project has mistakes, or a build is
//! not what it should be; 2 wrong usage, or a disk or a data file that fails. docs/cli.md says it at length.

mod answers;
mod args;
mod build;
mod check;
mod chosen;
mod count;
mod diff;
mod eval;
mod fetch;
mod fmt;
mod golden;
mod import;
mod lint;
mod list;
mod named;
mod new;
mod output;
mod patch;
mod progress;
mod reference;
mod rule;
mod schema;
mod score;
mod show;
mod show_tokens;
mod stats;
mod token_args;
mod trace;
mod train;
mod unified;
mod verify;
mod visible;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Args, Command};
pub use reference::reference;

/// Runs the program and says how it ended.
pub fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::from(error.use_stderr()) * 2);
        }
    };
    if args.common.shard_format().is_some() && !matches!(args.command, Command::Build(_)) {
        return output::failed(&anyhow::anyhow!(
            "only `build` writes shards; here --format is {}",
            match args.command {
                Command::Lint(_) => "`full`, `concise`, `json`, `sarif`, `github` or `junit`",
                _ => "`text` or `json`",
            }
        ));
    }
    if args.common.finding_format().is_some() && !matches!(args.command, Command::Lint(_)) {
        return output::failed(&anyhow::anyhow!(
            "only `lint` has findings; here --format is `text` or `json`"
        ));
    }
    let result = match &args.command {
        Command::Build(command) => build::run(&args.common, command),
        Command::Check(command) => check::run(&args.common, command),
        Command::Count(command) => count::run(&args.common, command),
        Command::Diff(command) => diff::run(&args.common, command),
        Command::Eval(command) => eval::run(&args.common, command),
        Command::Fetch(command) => fetch::run(&args.common, command),
        Command::Fmt(command) => fmt::run(&args.common, command),
        Command::Golden(command) => golden::run(&args.common, &command.what),
        Command::Import(command) => import::run(&args.common, command),
        Command::Lint(command) => lint::run(&args.common, command),
        Command::List(command) => list::run(&args.common, command),
        Command::New(command) => new::run(&args.common, command),
        Command::Rule(command) => rule::run(&args.common, command),
        Command::Schema(command) => schema::run(command),
        Command::Score(command) => score::run(&args.common, command),
        Command::Show(command) => show::run(&args.common, command),
        Command::Stats(command) => stats::run(&args.common, command),
        Command::Trace(command) => trace::run(&args.common, command),
        Command::Train(command) => train::run(&args.common, command),
        Command::Verify(command) => verify::run(&args.common, command),
    };
    match result {
        Ok(code) => code,
        Err(error) => output::failed(&error),
    }
}
