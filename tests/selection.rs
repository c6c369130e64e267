//! What `cluster:nli` and its like select, in every command that takes a selection.

use serde_json::Value;

use crate::schema::fits;
use crate::support::{Project, Run};

/// Two clusters, one dataset in both, a shared template set, a dataset without templates, two mixtures.
const PROJECT: &str = r#"cluster nli { title "Inference" }
cluster qa { title "Questions" }
dataset rte in nli, qa {
  title "RTE"  family glue  license "CC-BY-4.0"  language en
  field text: text
  field label: choice { yes no }
  source sample { train { rows jsonl "rte/train.jsonl" } }
}
dataset cb in nli {
  title "CB"  license "CC-BY-NC-4.0"  language de
  field text: text
  field label: choice { yes no }
  source sample { train { rows jsonl "cb/train.jsonl" } }
}
dataset boolq in qa {
  title "BoolQ"  family glue
  field text: text
  field label: choice { yes no }
  source sample { train { rows jsonl "boolq/train.jsonl" } }
}
dataset bare in qa {
  title "Bare"
  field text: text
  field label: choice { yes no }
  source sample { train { rows jsonl "bare/train.jsonl" } }
}
mixture flan { include all }
mixture small { include dataset rte  exclude role turned }
"#;

const TEMPLATES: &str = r#"templates shared for rte, cb {
  template ask { input "{{ text }}?" target "{{ answer }}" }
  turned write { input "Write {{ answer }}." target "{{ text }}" }
}
templates boolq for boolq {
  template ask { input "Is it so? {{ text }}" target "{{ answer }}" }
}
"#;

fn project() -> Project {
    let project = Project::new();
    project
        .write("datasets/all.flan", PROJECT)
        .write("templates/all.flan", TEMPLATES);
    for id in ["rte", "cb", "boolq", "bare"] {
        let rows = (0..12).map(|n| format!("{{\"text\": \"{id} {n}\", \"label\": \"{}\"}}\n", ["yes", "no"][n % 2]));
        project.write(&format!("datasets/samples/{id}/train.jsonl"), &rows.collect::<String>());
    }
    project
}

/// What a selection comes to: datasets and, of those that have some, their templates.
fn selected(project: &Project, words: &[&str]) -> Vec<String> {
    let json = list(project, words).ok().json();
    let mut found = Vec::new();
    for dataset in json["datasets"].as_array().expect("datasets") {
        let id = dataset["id"].as_str().expect("an id");
        let templates = dataset["templates"].as_array().expect("templates");
        if templates.is_empty() {
            found.push(id.to_string());
        }
        found.extend(
            templates
                .iter()
                .map(|t| format!("{id}/{}", t["name"].as_str().expect("a name"))),
        );
    }
    found
}

fn list(project: &Project, words: &[&str]) -> Run {
    project.run(&[&["list", "--format", "json"], words].concat())
}

#[test]
fn a_selection_is_names_and_patterns() {
    let project = project();
    let all = ["bare", "boolq/ask", "cb/ask", "cb/write", "rte/ask", "rte/write"];
    let cases: &[(&[&str], &[&str])] = &[
        (&[], &all),
        (&["rte"], &["rte/ask", "rte/write"]),
        (&["nli"], &["cb/ask", "cb/write", "rte/ask", "rte/write"]),
        (&["cluster:qa"], &["bare", "boolq/ask", "rte/ask", "rte/write"]),
        (&["dataset:b*"], &["bare", "boolq/ask"]),
        (&["glue"], &["boolq/ask", "rte/ask", "rte/write"]),
        (&["small"], &["rte/ask"]),
        (
            &["mixture:flan", "not:mixture:small"],
            &["bare", "boolq/ask", "cb/ask", "cb/write", "rte/write"],
        ),
        (&["rte/*"], &["rte/ask", "rte/write"]),
        (&["template:shared/ask"], &["cb/ask", "rte/ask"]),
        (&["template:ask"], &["boolq/ask", "cb/ask", "rte/ask"]),
        (&["role:turned"], &["cb/write", "rte/write"]),
        (&["language:de", "boolq"], &["boolq/ask", "cb/ask", "cb/write"]),
        (&["license:CC-*", "not:license:*-NC-*"], &["rte/ask", "rte/write"]),
        (&["not:role:turned"], &["bare", "boolq/ask", "cb/ask", "rte/ask"]),
        (&["!nli"], &["bare", "boolq/ask"]),
        (&["cluster:nli,role:turned"], &["cb/write", "rte/write"]),
        (&["nli,not:qa", "bare"], &["bare", "cb/ask", "cb/write"]),
        (&["*"], &all),
    ];
    for (words, expected) in cases {
        assert_eq!(selected(&project, words), *expected, "{words:?}");
    }
}

#[test]
fn list_names_the_templates_that_are_selected() {
    let project = project();
    for (words, named, not) in [
        (
            &["rte"][..],
            &["rte/ask    forward\n", "rte/write  turned\n"][..],
            "cb/",
        ),
        (&["role:turned"], &["cb/write   turned\n", "rte/write  turned\n"], "ask"),
        (&["small"], &["rte/ask   forward\n"], "write"),
        (&["nli"], &[], "rte/ask"),
        (&[], &[], "rte/ask"),
    ] {
        let text = project.run(&[&["list"], words].concat()).ok().stdout;
        named
            .iter()
            .for_each(|line| assert!(text.contains(line), "{words:?}: `{line}` is not in:\n{text}"));
        assert!(!text.contains(not), "{words:?}:\n{text}");
    }
}

#[test]
fn what_selects_nothing_is_an_error_with_the_way_out() {
    let project = project();
    for (word, says) in [
        (
            "rteh",
            "no dataset, cluster, family, task or mixture is named `rteh`; did you mean `rte`?",
        ),
        ("cluster:nil", "no cluster is named `nil`; did you mean `nli`?"),
        (
            "clutser:nli",
            "nothing is selected by `clutser:`; did you mean `cluster:`?",
        ),
        (
            "colour:red",
            "nothing is selected by `colour:`; there are `cluster`, `dataset`",
        ),
        ("split:train", "`split:` selects nothing here"),
        ("rte/aks", "no template is named `rte/aks`; did you mean `rte/ask`?"),
        ("role:turnt", "no role is `turnt`; did you mean `turned`?"),
        (
            "role:reverse",
            "nothing is selected by `role:reverse`, though every name in it exists",
        ),
        ("dataset:x*", "no dataset is named like `x*`"),
        ("boolq,nli", "nothing is selected by `boolq,nli`"),
        ("cluster:", "a name or a pattern is missing"),
        ("rte,,cb", "a name or a pattern is missing"),
    ] {
        list(&project, &[word]).fails(2, &[says]);
    }
    // An exclusion has to name something, too.
    list(&project, &["not:rteh"]).fails(2, &["did you mean `rte`?"]);
}

#[test]
fn every_command_that_names_things_takes_a_selection() {
    let project = project();
    let shown = project
        .run(&["show", "nli,role:turned", "--format", "json"])
        .ok()
        .json();
    let names: Vec<&Value> = shown["examples"]
        .as_array()
        .expect("examples")
        .iter()
        .map(|e| &e["template"])
        .collect();
    assert_eq!(names, ["write", "write"]);
    project.run(&["show"]).fails(2, &["SELECTION"]);
    // What one of several lacks does not hide the others.
    let run = project
        .run(&["show", "qa"])
        .fails(2, &["dataset `bare` has no templates"]);
    assert!(run.stdout.contains("boolq/train.jsonl"), "{}", run.stdout);

    let counted = project.run(&["count", "nli", "--format", "json"]).ok().json();
    assert_eq!(counted["splits"].as_array().expect("splits").len(), 2);
    assert_eq!(
        project.run(&["check", "rte/ask"]).ok().stdout,
        "1 dataset, 1 template: no mistakes\n"
    );

    project.run(&["build", "--quiet"]).ok();
    let stats = project
        .run(&["stats", "build/flan", "cluster:nli,role:turned", "--format", "json"])
        .ok()
        .json();
    let templates: Vec<&Value> = stats["templates"]
        .as_array()
        .expect("groups")
        .iter()
        .map(|g| &g["name"])
        .collect();
    assert_eq!(templates, ["cb/write", "rte/write"]);
    project
        .run(&["stats", "build/flan", "split:dev"])
        .fails(2, &["no split is named `dev`; there are `train`"]);
    project
        .run(&["diff", "build/flan", "build/flan", "rteh"])
        .fails(2, &["did you mean `rte`?"]);

    let key = {
        let manifest: Value = serde_json::from_str(&project.read("build/flan/manifest.json")).expect("JSON");
        let shards = manifest["shards"].as_array().expect("shards");
        let mut key = String::new();
        for shard in shards {
            let path = project.path("build/flan").join(shard["file"].as_str().expect("a file"));
            let read = flanc::shard::read_records(&path, |record| {
                if record.dataset == "rte" {
                    key = record.row_key;
                }
            });
            read.expect("a shard");
        }
        key
    };
    let traced = project
        .run(&["trace", &key, "split:train", "--format", "json"])
        .ok()
        .json();
    assert_eq!(traced["examples"].as_array().expect("examples").len(), 1);
    project
        .run(&["trace", &key, "cb"])
        .fails(2, &["no dataset, cluster, family or task is named `cb`"]);
}

#[test]
fn check_reports_the_mistakes_of_what_is_selected() {
    let project = project();
    project.write(
        "datasets/broken.flan",
        "dataset broken in qa { title \"Broken\" licence \"x\" field text: text }\ndataset other in qa { title \"Other\" field text: tex }\n",
    );
    project.run(&["check"]).fails(1, &["licence", "tex"]);
    let run = project
        .run(&["check", "broken"])
        .fails(1, &["licence", "1 finding elsewhere"]);
    assert!(!run.stderr.contains("`tex`"), "{}", run.stderr);
    let run = project.run(&["check", "nli"]).ok();
    assert!(
        run.stderr.contains("2 findings elsewhere") && run.stdout.contains("2 datasets, 4 templates"),
        "{run:?}"
    );
    // Other commands say that it is not a typing error.
    project
        .run(&["show", "other"])
        .fails(2, &["no dataset named `other` is sound"]);
}

#[test]
fn state_compares_the_project_with_a_build() {
    let project = project();
    list(&project, &["state:modified"]).fails(2, &["none is at", "--against DIR"]);
    project.run(&["build", "--quiet"]).ok();
    let run = list(&project, &["state:modified"]).ok();
    assert!(
        run.stderr.contains("nothing is selected by `state:modified`"),
        "{}",
        run.stderr
    );
    assert_eq!(run.json()["datasets"].as_array().map(Vec::len), Some(0));
    assert_eq!(selected(&project, &["state:same"]).len(), 6);

    // A template's text, a new template, and a declaration that templates show.
    let edited = TEMPLATES.replace("Is it so?", "Is this so?").replace(
        "templates boolq for boolq {",
        "templates boolq for boolq { template tell { input \"{{ text }}\" target \"{{ answer }}\" }",
    );
    project.write("templates/all.flan", &edited);
    assert_eq!(selected(&project, &["state:modified"]), ["boolq/ask", "boolq/tell"]);
    assert_eq!(selected(&project, &["state:new"]), ["boolq/tell"]);
    let declared = PROJECT.replacen(
        "dataset cb in nli {",
        "dataset cb in nli { stop \"x\" field more: text?",
        1,
    );
    project.write("datasets/all.flan", &declared);
    assert_eq!(selected(&project, &["state:modified,nli"]), ["cb/ask", "cb/write"]);
    assert_eq!(
        selected(&project, &["state:modified", "not:state:new"]),
        ["boolq/ask", "cb/ask", "cb/write"]
    );
    let text = project
        .run(&["list", "state:modified", "--against", "build/flan"])
        .ok()
        .stdout;
    assert!(text.contains("boolq/tell  forward  new\n"), "{text}");
    let text = project.run(&["list", "--against", "build/flan"]).ok().stdout;
    assert!(text.contains("1 new, 1 modified") && text.contains("2 same"), "{text}");

    // What is in the build alone.
    let less = declared
        .replace("dataset bare", "dataset bore")
        .replace("bare/train", "bore/train");
    project
        .write("datasets/all.flan", &less)
        .write("templates/all.flan", &edited.replace("turned write", "turned rite"));
    let json = list(&project, &["state:removed"]).ok().json();
    fits(&project, "list", &json);
    assert_eq!(json["removed"], serde_json::json!(["bare", "cb/write", "rte/write"]));
    list(&project, &["rte", "--against", "nowhere"]).fails(2, &["nowhere/manifest.json"]);
    // A comment, another file and another order are no modification.
    project
        .write("datasets/all.flan", &format!("// As it was.\n{PROJECT}"))
        .write("templates/all.flan", TEMPLATES);
    assert_eq!(selected(&project, &["state:same"]).len(), 6);
}
