//! docs/cli.md, from the definition of the command line, of `flanc.toml` and of the schemas.

use clap::{Arg, Command, CommandFactory as _};
use schemars::schema_for;
use serde_json::Value;

use super::args::Args;
use super::schema;
use crate::project::Config;

const HEAD: &str = "# The command line

This page is produced from the program: `FLANC_UPDATE=1 cargo test cli_reference` writes it again.

Results go to stdout, everything else to stderr, so that `flanc list --format json | jq` works while warnings are shown.
";

const EXIT_CODES: &str = "
## Exit codes

| code | meaning |
|---|---|
| 0 | Done. Warnings do not change it. `diff` found two equal builds. |
| 1 | The project has mistakes (`check` and every command that reads it), `verify` found a build that is not as its manifest says, `trace` rendered an example that is not equal, `diff` found two builds that differ, `golden check` or `review` found what is not as it was accepted, `eval` was asked about what the model has seen in training, or `lint` found something at the level that fails. |
| 2 | Wrong usage, an unknown name, a directory without a project, or the outside world: a disk that fails, a source that is absent, a data file that cannot be read or does not fit its dataset, predictions that do not fit their build (`score`), a model or a tokenizer that cannot be used (`eval`). |

`show` and `count` go on with the sound part of a project that has mistakes elsewhere, and end with 1 then.
`fetch` writes down what went well and ends with 2 where something did not.
A build that ends with 1 or 2, or is killed, leaves the build that was there before as it was.
";

const ENVIRONMENT: &str = "
## Environment variables

| variable | meaning |
|---|---|
";

const OTHER_VARIABLES: &[(&str, &str)] = &[
    ("NO_COLOR", "Where it is set and not empty, `--color auto` means never"),
    ("CI", "Where it is set, no progress is drawn"),
    (
        "HF_ENDPOINT",
        "The server of `hf://` urls, where it is not `https://huggingface.co`",
    ),
    (
        "HF_TOKEN",
        "Who asks for datasets of the Hub; it is sent to no other host",
    ),
    (
        "HF_HUB_OFFLINE",
        "Where it is `1`, every command is as with `--offline`",
    ),
    (
        "AWS_*, GOOGLE_*, AZURE_*",
        "Endpoints, regions and credentials of `s3://`, `gs://` and `az://` urls, under the names that object_store gives them: `AWS_ENDPOINT_URL`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_ALLOW_HTTP`, `AWS_SKIP_SIGNATURE` for public buckets, `GOOGLE_SERVICE_ACCOUNT`, `AZURE_STORAGE_ACCOUNT_NAME`, `AZURE_STORAGE_ACCOUNT_KEY`",
    ),
    (
        "HTTPS_PROXY, HTTP_PROXY, NO_PROXY",
        "Through which server others are reached",
    ),
];

/// The text of docs/cli.md.
pub fn reference() -> String {
    let mut command = Args::command();
    command.build();
    let mut out = HEAD.to_string();
    out.push_str("\n## Options of every command\n\n");
    for arg in command.get_arguments().filter(|arg| arg.is_global_set()) {
        out.push_str(&item(arg));
    }
    out.push_str("\n## Commands\n");
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        section(&mut out, sub, "flanc");
    }
    out.push_str(EXIT_CODES);
    out.push_str(ENVIRONMENT);
    let read = command
        .get_arguments()
        .filter_map(|arg| Some((arg.get_env()?.to_str()?, help(arg))));
    for (name, meaning) in read.chain(OTHER_VARIABLES.iter().map(|(n, m)| (*n, (*m).to_string()))) {
        out.push_str(&format!("| `{name}` | {meaning}. |\n"));
    }
    out.push_str(&config());
    out.push_str(&schemas());
    out
}

fn section(out: &mut String, command: &Command, before: &str) {
    let name = format!("{before} {}", command.get_name());
    let inner: Vec<&Command> = command
        .get_subcommands()
        .filter(|sub| sub.get_name() != "help")
        .collect();
    if !inner.is_empty() {
        inner.into_iter().for_each(|sub| section(out, sub, &name));
        return;
    }
    let own = || {
        command
            .get_arguments()
            .filter(|arg| !arg.is_global_set() && !matches!(arg.get_id().as_str(), "help" | "version"))
    };
    let mut usage = name.clone();
    if own().any(|arg| !arg.is_positional()) {
        usage.push_str(" [OPTIONS]");
    }
    for arg in own().filter(|arg| arg.is_positional()) {
        let value = value_name(arg);
        let several = if arg.get_num_args().is_some_and(|n| n.max_values() > 1) {
            "..."
        } else {
            ""
        };
        usage.push_str(&if arg.is_required_set() {
            format!(" <{value}>{several}")
        } else {
            format!(" [{value}]{several}")
        });
    }
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    out.push_str(&format!("\n### `{name}`\n\n{about}.\n\n    {usage}\n"));
    if own().next().is_some() {
        out.push('\n');
    }
    own().for_each(|arg| out.push_str(&item(arg)));
    if let Some(examples) = command.get_after_help() {
        let examples = examples.to_string();
        let lines = examples.lines().skip(1).map(|line| format!("    {}\n", line.trim()));
        out.push_str(&format!("\nExamples:\n\n{}", lines.collect::<String>()));
    }
}

/// One argument as an item of a list.
fn item(arg: &Arg) -> String {
    let mut name = String::new();
    if let Some(short) = arg.get_short() {
        name.push_str(&format!("-{short}, "));
    }
    if let Some(long) = arg.get_long() {
        name.push_str(&format!("--{long}"));
    }
    if arg.get_action().takes_values() {
        let gap = if arg.is_positional() { "" } else { " " };
        name.push_str(&format!("{gap}{}", value_name(arg)));
    }
    let mut text = help(arg);
    let values: Vec<String> = arg
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| format!("`{}`", value.get_name()))
        .collect();
    if arg.get_action().takes_values() && !values.is_empty() {
        text.push_str(&format!(". One of {}", values.join(", ")));
    }
    let defaults: Vec<String> = arg
        .get_default_values()
        .iter()
        .map(|default| format!("`{}`", default.to_string_lossy()))
        .collect();
    if arg.get_action().takes_values() && !defaults.is_empty() {
        text.push_str(&format!(". Default: {}", defaults.join(", ")));
    }
    format!("- `{name}`: {text}.\n")
}

fn help(arg: &Arg) -> String {
    arg.get_help().map(ToString::to_string).unwrap_or_default()
}

fn value_name(arg: &Arg) -> String {
    arg.get_value_names()
        .and_then(<[_]>::first)
        .map_or_else(|| arg.get_id().to_string().to_uppercase(), ToString::to_string)
}

/// The keys of `flanc.toml`, from the schema of their type.
fn config() -> String {
    let schema = schema_for!(Config).to_value();
    let mut out =
        "\n## `flanc.toml`\n\nThe file stands at the root of a project. Every key may be left out, and a key that is not here is an error.\nWhat is said on the command line goes before what stands in the file.\n"
            .to_string();
    for (name, _) in schema["properties"].as_object().into_iter().flatten() {
        let table = &schema["$defs"][capital(name)];
        let about = table["description"].as_str().unwrap_or_default().replace('\n', " ");
        out.push_str(&format!("\n### {about}\n\n").replace(".\n\n", "\n\n"));
        out.push_str("| key | type | default | meaning |\n|---|---|---|---|\n");
        for (key, value) in table["properties"].as_object().into_iter().flatten() {
            let kind = match &value["type"] {
                Value::Array(kinds) => kinds[0].as_str(),
                kind => kind.as_str(),
            };
            let default = match &value["default"] {
                Value::Null => "none".to_string(),
                other => format!("`{other}`"),
            };
            let meaning = value["description"].as_str().unwrap_or_default().replace('\n', " ");
            out.push_str(&format!(
                "| `{key}` | {} | {default} | {meaning} |\n",
                kind.unwrap_or("string")
            ));
        }
    }
    out
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_ascii_uppercase().to_string() + letters.as_str()
    })
}

fn schemas() -> String {
    let mut out = "\n## `--format json`\n\n`flanc schema NAME` prints the JSON schema of what a command prints, of `manifest.json` and of `flanc.toml`.\nWhere a project has mistakes, a command that cannot go on prints what `check` prints.\n\n".to_string();
    for name in schema::NAMES {
        let of = match *name {
            "config" => "`flanc.toml`".to_string(),
            "manifest" => "`manifest.json` of a build".to_string(),
            "plan" => "`flanc build --dry-run`".to_string(),
            "statistics" => "`flanc lint --statistics`".to_string(),
            name => format!("`flanc {name}`"),
        };
        out.push_str(&format!("- `{name}`: {of}\n"));
    }
    out
}
