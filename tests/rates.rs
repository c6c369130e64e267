//! Rates: how much of each dataset a mixture takes, and how often a row.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use flanc::{mix, project};
use serde_json::Value;

use crate::built::{Built, text};
use crate::world::{assert_quotas, mixture, number};

// Kept rows after the reserve of 20, or of one in five: nli_big 580, nli_small 32, para 880, style 180, kin 80.

#[test]
fn one_epoch_is_the_sum_of_the_rates() {
    let built = mixture("rates proportional maximum 100");
    assert_quotas(
        &built,
        [
            ("kin", 80),
            ("nli_big", 100),
            ("nli_small", 32),
            ("para", 100),
            ("style", 100),
        ],
    );
    let built = mixture("rates proportional maximum 100  cap 90  size 0.5 epochs");
    assert_quotas(
        &built,
        [
            ("kin", 40),
            ("nli_big", 45),
            ("nli_small", 16),
            ("para", 45),
            ("style", 45),
        ],
    );
}

#[test]
fn quotas_are_the_largest_remainders_of_the_size() {
    // 1,752 rows kept; 1,000 x 580 / 1,752 is 331.05, of 32 18.26, of 880 502.28, of 180 102.74, of 80 45.66.
    let built = mixture("rates proportional  size 1_000 examples");
    assert_quotas(
        &built,
        [
            ("kin", 46),
            ("nli_big", 331),
            ("nli_small", 18),
            ("para", 502),
            ("style", 103),
        ],
    );
}

#[test]
fn the_other_schemes_divide_as_they_say() {
    assert_quotas(
        &mixture("rates equal  size 102 examples"),
        // Ties go to the name that sorts first.
        [
            ("kin", 21),
            ("nli_big", 21),
            ("nli_small", 20),
            ("para", 20),
            ("style", 20),
        ],
    );
    let fixed = mixture("rates fixed { para 3  kin 1.5 }  size 90 examples");
    assert_quotas(
        &fixed,
        [
            ("kin", 30),
            ("nli_big", 0),
            ("nli_small", 0),
            ("para", 60),
            ("style", 0),
        ],
    );
    // Square roots of the rows up to 400: 20, 5.657, 20, 13.416, 8.944 of 68.018.
    assert_quotas(
        &mixture("rates temperature 2 maximum 400  size 680 examples"),
        [
            ("kin", 89),
            ("nli_big", 200),
            ("nli_small", 57),
            ("para", 200),
            ("style", 134),
        ],
    );
    // Each of the four clusters a quarter, and inside it by rows; style counts for its first cluster.
    assert_quotas(
        &mixture("rates equal over clusters then proportional  size 400 examples"),
        [
            ("kin", 100),
            ("nli_big", 95),
            ("nli_small", 5),
            ("para", 100),
            ("style", 100),
        ],
    );
}

/// How often each row of a dataset is used.
fn usage(built: &Built, id: &str) -> BTreeMap<String, Vec<u64>> {
    let mut usage: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for record in built.split("train").iter().filter(|record| record["dataset"] == id) {
        usage
            .entry(text(&record["row_key"]).to_string())
            .or_default()
            .push(number(&record["pass"]));
    }
    usage.values_mut().for_each(|passes| passes.sort_unstable());
    usage
}

#[test]
fn more_examples_than_rows_are_whole_passes_and_a_part_of_one() {
    let built = mixture("rates fixed { kin 1 }  size 200 examples");
    let usage = usage(&built, "kin");
    assert_eq!(usage.len(), 80);
    assert_eq!(usage.values().filter(|passes| **passes == [0, 1, 2]).count(), 40);
    assert_eq!(usage.values().filter(|passes| **passes == [0, 1]).count(), 40);
    // Each pass draws its template anew.
    let record = |key: &str, pass: u64| {
        let mut train = built.split("train").iter();
        train
            .find(|r| r["row_key"] == key && r["pass"] == pass)
            .map(|r| text(&r["template"]).to_string())
    };
    let changed = usage.keys().filter(|key| record(key, 0) != record(key, 1)).count();
    assert!((45..75).contains(&changed), "{changed} of 80");
    // A larger size only adds to a smaller one.
    let fewer = mixture("rates fixed { kin 1 }  size 60 examples");
    let rows = |built: &Built| -> BTreeSet<(String, u64)> {
        let train = built.split("train").iter();
        train
            .map(|r| (text(&r["row_key"]).to_string(), number(&r["pass"])))
            .collect()
    };
    assert!(rows(&fewer).is_subset(&rows(&built)) && rows(&fewer).len() == 60);
}

#[test]
fn without_replacement_the_others_are_refilled_and_the_shortfall_is_told() {
    let built = mixture("rates equal  size 1_000 examples  without replacement");
    // 200 each; nli_small has 32, kin 80, style 180; what they lack goes to the two others.
    assert_quotas(
        &built,
        [
            ("kin", 80),
            ("nli_big", 354),
            ("nli_small", 32),
            ("para", 354),
            ("style", 180),
        ],
    );
    let short = |id: &str| number(&built.dataset(id)["short"]);
    assert_eq!(
        (short("kin"), short("nli_small"), short("style"), short("para")),
        (120, 168, 20, 0)
    );
    assert!(
        built
            .run
            .stdout
            .contains("nli_small gives 168 examples fewer than its rate asks for"),
        "{}",
        built.run.stdout
    );
    for id in ["kin", "para"] {
        assert!(usage(&built, id).values().all(|passes| *passes == [0]));
    }
    // There are no more than all rows.
    let built = mixture("rates equal  size 9_999 examples  without replacement");
    assert_quotas(
        &built,
        [
            ("kin", 80),
            ("nli_big", 580),
            ("nli_small", 32),
            ("para", 880),
            ("style", 180),
        ],
    );
    let built = mixture("rates fixed { kin 1  para 1 }  size 500 examples  passes 2");
    assert_quotas(
        &built,
        [
            ("kin", 160),
            ("nli_big", 0),
            ("nli_small", 0),
            ("para", 340),
            ("style", 0),
        ],
    );
    assert!(usage(&built, "kin").values().all(|passes| *passes == [0, 1]));
}

/// The rates of the released code, where FLANC_REFERENCE names the folder that has them.
pub fn published() -> Option<Value> {
    let Some(folder) = std::env::var_os("FLANC_REFERENCE") else {
        eprintln!("skipped: FLANC_REFERENCE names no folder");
        return None;
    };
    let path = Path::new(&folder).join("mixing/flan_rates.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(serde_json::from_str(&text).expect("JSON"))
}

#[test]
fn reference_rates_of_the_69_tasks() {
    let Some(reference) = published() else { return };
    let shipped = project::load(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("the project");
    let mixture = &shipped.catalog.mixtures["flan"];
    let cap = mixture.cap.expect("a cap");
    assert_eq!(cap, number(&reference["cap"]));
    let rows: BTreeMap<String, (String, u64)> = reference["rows"]
        .as_object()
        .expect("rows")
        .iter()
        .map(|(id, rows)| (id.clone(), ("any".to_string(), number(rows).min(cap))))
        .collect();
    assert_eq!(rows.len(), 69);
    assert_eq!(rows.values().map(|(_, n)| n).sum::<u64>(), 1_489_980);
    assert_eq!(number(&reference["capped_rows"]), 1_489_980);
    let weights: f64 = rows
        .iter()
        .map(|(id, (_, n))| mix::weight(&mixture.rates, id, *n))
        .sum();
    assert_eq!(weights, 188_330.0);
    let shares = mix::shares(mixture, &rows);
    for (id, rate) in reference["rates"].as_object().expect("rates") {
        let rate = rate.as_f64().expect("a number");
        assert!((shares[id] - rate).abs() < 1e-9, "{id}: {} is not {rate}", shares[id]);
    }
    assert!((shares["cb"] * 100.0 - 0.106).abs() < 0.0005, "{}", shares["cb"]);
    // One epoch gives every task its rate exactly.
    let quotas = mix::quotas(mixture, &rows);
    assert_eq!(quotas.values().map(|quota| quota.examples).sum::<u64>(), 188_330);
    for (id, quota) in &quotas {
        assert_eq!(quota.examples, rows[id].1.min(3_000), "{id}");
    }
    println!("{} rates compared", shares.len());
}

#[test]
fn rates_below_one_part_in_a_million_divide_as_any_others() {
    let built = mixture("rates fixed { para 0.0000003  kin 0.0000001 }  size 80 examples");
    assert_quotas(
        &built,
        [
            ("kin", 20),
            ("nli_big", 0),
            ("nli_small", 0),
            ("para", 60),
            ("style", 0),
        ],
    );
    let built = mixture("rates fixed { para 300000000000000000000  kin 100000000000000000000 }  size 80 examples");
    assert_eq!((built.trained("para"), built.trained("kin")), (60, 20));
}

#[test]
fn a_cluster_with_nobody_to_give_to_takes_no_share() {
    let rates = "rates fixed { nli 1  paraphrase 3 } over clusters then fixed { para 1 }";
    let built = mixture(&format!("{rates}  size 80 examples"));
    assert_quotas(
        &built,
        [("kin", 0), ("nli_big", 0), ("nli_small", 0), ("para", 80), ("style", 0)],
    );
}
