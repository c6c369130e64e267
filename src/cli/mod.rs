//! The command line, thin: arguments in, one function of the library called, tables and diagnostics out.
//!
//! Results go to stdout, everything else to stderr. Exit codes: 0 done; 1 the project or its data has mistakes;
//! 2 wrong usage, or a disk or source that fails.

mod args;
mod check;
mod count;
mod list;
mod output;
mod show;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Args, Command};

/// Runs the program and says how it ended.
pub fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::from(error.use_stderr()) * 2);
        }
    };
    let result = match &args.command {
        Command::Check(command) => check::run(&args.common, command),
        Command::Count(command) => count::run(&args.common, command),
        Command::List(command) => list::run(&args.common, command),
        Command::Show(command) => show::run(&args.common, command),
    };
    match result {
        Ok(code) => code,
        Err(error) => output::failed(&error),
    }
}
