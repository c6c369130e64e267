//! `README.md` of a build: the dataset card that the Hub and people read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::manifest::Manifest;
use crate::text::thousands;

/// The card of a manifest: front matter with the files of each split, then what is in it.
pub fn card(manifest: &Manifest) -> String {
    let mut out = String::from("---\n");
    let splits: BTreeSet<&str> = manifest
        .shards
        .iter()
        .filter(|s| s.rows > 0)
        .map(|s| s.split.as_str())
        .collect();
    out.push_str("configs:\n");
    // Tokens and texts have other columns, and so are no splits of one table.
    let configs: &[(&str, &[&str])] = match manifest.tokens {
        None => &[("default", &["train", "validation", "test", "exemplars"])],
        Some(_) => &[("default", &["train", "validation"]), ("text", &["test", "exemplars"])],
    };
    for (name, of) in configs {
        let there: Vec<&&str> = of.iter().filter(|split| splits.contains(**split)).collect();
        if !there.is_empty() {
            let _ = writeln!(out, "- config_name: {name}\n  data_files:");
        }
        for split in there {
            let _ = writeln!(out, "  - split: {split}\n    path: data/{split}-*");
        }
    }
    out.push_str("tags:\n- flanc\n- instruction-tuning\n---\n\n");
    let _ = writeln!(out, "# {}\n", manifest.title);
    let _ = writeln!(
        out,
        "An instruction mixture compiled by flanc: mixture `{}`, edition {}, seed {}, content `{}`.\n",
        manifest.mixture,
        manifest.edition,
        manifest.seed,
        manifest.content.get(..16).unwrap_or_default()
    );
    let mut by_split: BTreeMap<&str, u64> = BTreeMap::new();
    for shard in &manifest.shards {
        *by_split.entry(&shard.split).or_default() += shard.examples();
    }
    out.push_str("| split | examples |\n|---|---:|\n");
    for (split, rows) in by_split {
        let _ = writeln!(out, "| {split} | {} |", thousands(rows));
    }
    out.push_str("\n| dataset | cluster | license | part | train examples | share |\n|---|---|---|---|---:|---:|\n");
    for (id, facts) in &manifest.datasets {
        let _ = writeln!(
            out,
            "| {id} | {} | {} | {} | {} | {:.3} % |",
            facts.clusters.join(", "),
            facts.license.as_deref().unwrap_or("not stated"),
            facts.part,
            thousands(facts.achieved),
            facts.achieved_share * 100.0
        );
    }
    if let Some(how) = &manifest.tokens {
        let _ = write!(
            out,
            "\nTrain and validation are tokens of the tokenizer whose file has the SHA-256 `{}`, packed into rows of at most\n\
             {}. `labels` are -100 where there is no loss; `position_ids` begin anew with each example, and `segment_ids`\n\
             count the examples of a row from 1. No row is filled up.\n",
            how.tokenizer, how.seq_len
        );
    }
    out.push_str(
        "\n`answers` lists every text that counts as right, and is null where that is the target alone; `options_span` has the\n\
         first byte and the end of the options in `inputs`. Rows of one `group` belong together.\n\
         \nEvery dataset keeps its own license. Every row names its dataset, template and source row;\n\
         `flanc trace ROW_KEY` renders it again and proves it equal.\n",
    );
    out
}
