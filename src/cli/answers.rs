//! What can be typed of commands about answers to a build's examples.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use clap::builder::PossibleValuesParser;

use crate::report::score::RULES;

/// Score predictions for the examples of a built directory: every dataset by its metrics, over all templates
#[derive(ClapArgs)]
#[command(
    after_help = "Examples:\n  flanc score build/flan predictions.jsonl\n  flanc score build/flan predictions.jsonl --split validation --html scores.html"
)]
pub struct Score {
    /// The built directory
    #[arg(value_name = "BUILD")]
    pub directory: PathBuf,
    /// A line for each example: {"row_key": .., "template": .., "prediction": ..}
    #[arg(value_name = "PREDICTIONS")]
    pub predictions: PathBuf,
    /// The split of the build that the predictions are for
    #[arg(long, value_name = "SPLIT", value_parser = ["test", "validation"], default_value = "test")]
    pub split: String,
    /// Predictions for the validation split: each dataset's best template is chosen there
    #[arg(long, value_name = "PREDICTIONS")]
    pub dev: Option<PathBuf>,
    /// Other predictions for the same examples, to stand beside these
    #[arg(long, value_name = "PREDICTIONS")]
    pub baseline: Option<PathBuf>,
    /// The key of the list of numbers that chooses among options
    #[arg(long, value_name = "KEY", value_parser = PossibleValuesParser::new(RULES), default_value = RULES[0])]
    pub rule: String,
    /// Score what there is, and count what is missing, double or unknown
    #[arg(long)]
    pub allow_missing: bool,
    /// Write the report as a page in Markdown
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Write the report as one HTML page, with plots
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// Evaluate a model on the test examples of a built directory: options ranked, answers generated, scored by `score`
#[derive(ClapArgs)]
#[command(
    after_help = "Examples:\n  flanc eval models/tuned build/flan_without_nli cluster:nli --out runs/tuned\n  flanc eval models/base build/flan_without_nli cluster:nli --shots 4 --out runs/few\n  flanc eval models/tuned build/flan_without_nli cluster:nli --out runs/tuned --baseline runs/base\n  flanc eval --compare runs/base runs/tuned"
)]
pub struct Eval {
    /// The model: a directory with config.json and weights, or a GGUF file
    #[arg(value_name = "MODEL", required_unless_present = "compare")]
    pub model: Option<PathBuf>,
    /// The built directory
    #[arg(value_name = "BUILD", required_unless_present = "compare")]
    pub build: Option<PathBuf>,
    /// Only these, such as `cluster:nli` or `rte`; all that the build tests otherwise
    #[arg(value_name = "SELECTION")]
    pub selection: Vec<String>,
    /// Where answers and reports go; a run that was stopped goes on there
    #[arg(long, value_name = "DIR", required_unless_present = "compare")]
    pub out: Option<PathBuf>,
    /// The tokenizer, if not that of the model's directory; `bytes` is built in
    #[arg(long, value_name = "PATH")]
    pub tokenizer: Option<PathBuf>,
    /// Exemplars before each prompt, at most
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub shots: usize,
    /// Tokens that an input and its exemplars have together, at most
    #[arg(long, value_name = "TOKENS", default_value_t = 960)]
    pub budget: usize,
    /// At most so many rows of each dataset, through all templates
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
    /// Tokens of one pass over the model; the result does not depend on it
    #[arg(long, value_name = "TOKENS", default_value_t = 2048)]
    pub batch_tokens: usize,
    /// Tokens of a generated answer, at most
    #[arg(long, value_name = "TOKENS")]
    pub max_new_tokens: Option<usize>,
    /// What stands between input and answer; as in training where the model's directory says it, else `newline`
    #[arg(long, value_name = "JOIN", value_parser = ["newline", "eos", "nothing"])]
    pub join: Option<String>,
    /// How both are tokenised; as in training where the model's directory says it, else `apart`
    #[arg(long, value_name = "SIDES", value_parser = ["apart", "jointly"])]
    pub sides: Option<String>,
    /// The build that the model was trained on, if its directory keeps no more than a digest of it
    #[arg(long, value_name = "BUILD")]
    pub trained_on: Option<PathBuf>,
    /// Evaluate what the model has seen in training as well, and record it
    #[arg(long)]
    pub allow_seen: bool,
    /// Another run on the same build, to stand beside this one
    #[arg(long, value_name = "RUN")]
    pub baseline: Option<PathBuf>,
    /// Compute nothing, and show two runs side by side
    #[arg(long, num_args = 2, value_names = ["RUN", "RUN"], conflicts_with_all = ["model", "build", "out", "baseline"])]
    pub compare: Vec<PathBuf>,
    /// Write the comparison as one HTML page
    #[arg(long, value_name = "FILE", requires = "compare")]
    pub html: Option<PathBuf>,
    /// Worker threads, at most 1024, or 0 for one each core; the result does not depend on it
    #[arg(long, value_name = "N", value_parser = super::args::threads(), default_value_t = 0)]
    pub threads: usize,
}
