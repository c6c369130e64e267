//! The `flanc` program: see `flanc::cli`.

fn main() -> std::process::ExitCode {
    flanc::cli::main()
}
