//! A small world of datasets and clusters, on which mixtures are tried, and what must hold of every one of them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::built::{Built, build, text};
use crate::support::Project;

/// Five datasets: their cards, and how many rows of train each has; five more are tested. Clusters overlap in a
/// chain, of which each sees its neighbor only.
pub const WORLD: [(&str, &str, usize); 5] = [
    ("nli_big", "in nli { family nli  license \"MIT\"  language en", 600),
    ("nli_small", "in nli { family nli  license \"CC0-1.0\"  language de", 40),
    ("para", "in paraphrase { license \"MIT\"  language en", 900),
    ("style", "in style, fun { license \"CC0-1.0\"  language en, de", 200),
    ("kin", "in fun { family para  license \"MIT\"  language fr", 100),
];

pub fn world(mixtures: &str) -> Project {
    let mut flan = r"
cluster nli { overlaps paraphrase }
cluster paraphrase { overlaps style }
cluster style {}
cluster fun {}
"
    .to_string();
    let project = Project::new();
    for (id, card, rows) in WORLD {
        flan += &format!(
            r#"
dataset {id} {card}
  field text: text
  field turn: number
  field label: choice {{ no = "0"  maybe = "1"  yes = "2"  sure = "3" }}
  reserve 20
  source sample {{ train {{ rows jsonl "{id}.jsonl" }} test {{ rows jsonl "{id}-test.jsonl" }} }}
}}
"#
        );
        let line = |i: usize| format!("{{\"text\": \"{id} {i}\", \"turn\": {i}, \"label\": {}}}\n", i % 4);
        project.write(&format!("data/{id}.jsonl"), &(0..rows).map(line).collect::<String>());
        project.write(
            &format!("data/{id}-test.jsonl"),
            &(10_000..10_005).map(line).collect::<String>(),
        );
    }
    flan += r#"
templates all for nli_big, nli_small, para, style, kin {
  template one { input "1 {{ text }}\n{{ options }}" target "{{ answer }}" }
  template two { input "2 {{ text }}\n{{ options }}" target "{{ answer }}" }
  reverse back { input "Which text is {{ answer }}?" target "{{ text }}" }
  turned turn { input "Write something that is {{ answer }}." target "{{ text }}" }
}
"#;
    project
        .write("project.flan", &(flan + mixtures))
        .write("flanc.toml", "[build]\ndata = \"data\"\n");
    project
}

pub fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no whole number"))
}

/// Every count of every manifest adds up, and achieved shares are those of the quotas.
#[track_caller]
pub fn adds_up(built: &Built) {
    let datasets = built.manifest["datasets"].as_object().expect("datasets");
    let read = datasets.iter().filter(|(_, facts)| number(&facts["read"]) > 0);
    let mut counted = 0;
    for (id, facts) in read {
        counted += 1;
        let rows = facts["rows"].as_object().expect("rows");
        let sum: u64 = rows.values().map(number).sum();
        assert_eq!(sum, number(&facts["read"]), "{id}: {rows:?}");
        assert_eq!(number(&facts["achieved"]), built.trained(id) as u64, "{id}");
        for (split, count) in facts["examples"].as_object().expect("examples") {
            let found = built
                .split(split)
                .iter()
                .filter(|record| record["dataset"] == **id)
                .count();
            assert_eq!(found as u64, number(count), "{id}, {split}");
        }
    }
    assert!(counted > 0);
}

/// Quotas of the training split by dataset.
pub fn quotas(built: &Built) -> BTreeMap<String, u64> {
    let datasets = built.manifest["datasets"].as_object().expect("datasets");
    let trained = datasets
        .iter()
        .filter(|(_, facts)| text(&facts["part"]).starts_with("trained"));
    trained
        .map(|(id, facts)| (id.clone(), number(&facts["quota"])))
        .collect()
}

#[track_caller]
pub fn assert_quotas<const N: usize>(built: &Built, wanted: [(&str, u64); N]) {
    adds_up(built);
    let wanted: BTreeMap<String, u64> = wanted.into_iter().map(|(id, n)| (id.to_string(), n)).collect();
    assert_eq!(quotas(built), wanted);
    for (id, quota) in wanted {
        assert_eq!(built.trained(&id) as u64, quota, "{id}");
    }
}

pub fn mixture(statements: &str) -> Built {
    build(&world(&format!("mixture m {{ include all  {statements} }}")), "m", &[])
}
