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
