//! `flanc lint` as a user runs it: every rule by the examples of its page, what comments allow, fixes, and each form of
//! output.

use std::path::Path;

use flanc::lint::{Group, page, rule};

use crate::support::Project;

/// A project of one dataset `t`, with templates in place of `// HERE`.
fn framed(around: &str, text: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/lint/frames/{around}.flan"));
    let around = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (before, after) = around.split_once("// HERE").expect("a place for the block");
    format!("{before}\n{text}{after}")
}

fn templates(text: &str) -> Project {
    let project = Project::new();
    project.write("example.flan", &framed("templates", text));
    project
}

const GLUED: &str = "template t1 {\n  input \"{{ passage }}Summarize this.\"\n  target \"{{ answer }}\"\n}\n";

/// What a message about words quotes begins and ends with what is seen.
fn quotes_well(message: &str) -> bool {
    message
        .split('`')
        .skip(1)
        .step_by(2)
        .all(|quoted| quoted.trim() == quoted)
}

/// The codes found, each as often as it was.
fn codes(project: &Project, args: &[&str]) -> Vec<String> {
    let run = project.run(&[&["lint", "--format", "json"], args].concat());
    assert!(run.code < 2, "{}", run.stderr);
    let found = run.json();
    let findings = found["findings"].as_array().expect("a list");
    let words = findings.iter().filter(|f| f["code"] == "TXT022");
    for message in words.filter_map(|f| f["message"].as_str()) {
        assert!(quotes_well(message), "{message}");
    }
    findings
        .iter()
        .map(|f| f["code"].as_str().expect("a code").to_string())
        .collect()
}

#[test]
fn every_rule_finds_what_its_page_shows_and_nothing_else() {
    let mut wrong = Vec::new();
    for rule in rule::all() {
        let blocks = page::blocks(rule.page);
        for bad in [true, false] {
            let kind = if bad { "bad" } else { "good" };
            assert!(
                blocks.iter().any(|block| block.bad == bad),
                "{}: its page has no {kind} block",
                rule.name
            );
        }
        for block in &blocks {
            let project = Project::new();
            let text = match block.around {
                Some(around) => framed(around, &block.text),
                None => block.text.clone(),
            };
            project.write("example.flan", &text);
            if let Some(rows) = &block.rows {
                project.write("datasets/samples/t/train.jsonl", rows);
            }
            let check = project.run(&["check"]);
            let kind = if block.bad { "bad" } else { "good" };
            if check.code != 0 {
                wrong.push(format!(
                    "{}: its {kind} block is no project:\n{}",
                    rule.name, check.stderr
                ));
                continue;
            }
            // What allows findings is judged by the rules that it allows.
            let select = if rule.group == Group::Allow { "all" } else { rule.code };
            let found = codes(&project, &["--select", select]).contains(&rule.code.to_string());
            if found != block.bad {
                let said = project.run(&["lint", "--select", select]);
                let what = if block.bad { "is not found" } else { "is found" };
                wrong.push(format!(
                    "{}: its {kind} block {what}\n{}{}",
                    rule.name, said.stdout, said.stderr
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn rules_are_numbered_named_and_described() {
    let mut seen: Vec<&str> = Vec::new();
    for rule in rule::all() {
        assert!(
            !seen.contains(&rule.code) && !seen.contains(&rule.name),
            "{} twice",
            rule.code
        );
        seen.extend([rule.code, rule.name]);
        assert_eq!(
            rule.code.trim_end_matches(|c: char| c.is_ascii_digit()),
            rule.group.letters()
        );
        assert_eq!(rule.page.lines().next(), Some(format!("# {}", rule.name).as_str()));
        let mut from = 0;
        for heading in page::HEADINGS {
            let at = rule.page[from..].find(heading);
            from += at.unwrap_or_else(|| panic!("{}: its page has no `{heading}` in its place", rule.name));
        }
        let summary = page::summary(rule);
        assert!(summary.ends_with('.') && summary.len() > 20, "{}: {summary}", rule.name);
    }
    assert!(rule::all().len() >= 60, "only {} rules", rule::all().len());
    let codes: Vec<&str> = rule::all().iter().map(|rule| rule.code).collect();
    for group in Group::ALL {
        let own: Vec<&&str> = codes.iter().filter(|code| code.starts_with(group.letters())).collect();
        let mut sorted = own.clone();
        sorted.sort();
        assert_eq!(own, sorted, "in the order of their codes");
    }
}

#[test]
fn rule_pages_are_those_of_the_rules() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules");
    let mut wanted = vec![("README.md".to_string(), page::index())];
    wanted.extend(
        rule::all()
            .iter()
            .map(|rule| (format!("{}.md", rule.name), page::printed(rule))),
    );
    if std::env::var_os("FLANC_UPDATE").is_some() {
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("docs/rules");
        for (name, text) in &wanted {
            std::fs::write(folder.join(name), text).expect("a page");
        }
    }
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .expect("docs/rules")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let mut expected: Vec<&String> = wanted.iter().map(|(name, _)| name).collect();
    expected.sort();
    assert_eq!(
        names.iter().collect::<Vec<_>>(),
        expected,
        "FLANC_UPDATE=1 cargo test rule_pages"
    );
    for (name, text) in &wanted {
        let written = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(
            written == *text,
            "docs/rules/{name} is not that of its rule: FLANC_UPDATE=1 cargo test rule_pages"
        );
    }
}

#[test]
fn the_library_is_clean_with_every_rule_on() {
    let run =
        Project::shipped_with_config().run(&["lint", "--select", "all", "--fail-on", "note", "--format", "concise"]);
    assert_eq!(run.code, 0, "{}\n{}", run.stdout, run.stderr);
    assert!(!run.stderr.contains("did not run"), "{}", run.stderr);
}

#[test]
fn the_exit_code_says_whether_something_was_found() {
    let project = templates(GLUED);
    project.run(&["lint", "--select", "text"]).fails(1, &["1 error"]);
    project.run(&["lint", "--fail-on", "never"]).ok();
    project
        .run(&["lint", "--select", "text", "--ignore", "glued-field"])
        .ok();
    project
        .run(&["lint", "--select", "no-such-rule"])
        .fails(2, &["no rule or group of rules is `no-such-rule`"]);
    project.run(&["lint", "nobody"]).fails(2, &["nobody"]);
    let spaced = templates("template t1 {\n  input \"{{ passage }}\\n\\nIs it so ?\"\n  target \"{{ answer }}\"\n}\n");
    spaced.run(&["lint", "--select", "text"]).ok();
    spaced
        .run(&["lint", "--select", "text", "--fail-on", "note"])
        .fails(1, &[]);
}

#[test]
fn a_project_with_mistakes_is_linted_where_it_is_sound() {
    let project = templates(GLUED);
    project.write("broken.flan", "dataset {");
    let run = project.run(&["lint", "--format", "concise"]);
    assert!(run.stdout.contains("error[TXT001]"), "{}", run.stdout);
    assert!(run.stderr.contains("left something out"), "{}", run.stderr);
}

#[test]
fn paths_and_selections_choose() {
    let project = templates(GLUED);
    project.write(
        "templates/other.flan",
        "templates other for t { template t2 { input \"{{ title }}Why?\" target \"{{ answer }}\" } }",
    );
    let select = ["--select", "TXT001"];
    assert_eq!(codes(&project, &select).len(), 2);
    assert_eq!(codes(&project, &[&select[..], &["templates"]].concat()).len(), 1);
    assert_eq!(codes(&project, &[&select[..], &["example.flan"]].concat()).len(), 1);
    assert_eq!(codes(&project, &[&select[..], &["t/t2"]].concat()).len(), 1);
    let run = project.run(&["lint", "--no-rows", "templates"]);
    assert!(run.stderr.contains("1 dataset, 1 template:"), "{}", run.stderr);
    project
        .run(&["lint", "templates/none.flan"])
        .fails(2, &["nothing is at templates/none.flan"]);
    // What holds nothing that lint reads was not meant.
    project
        .write("README.md", "none")
        .write("golden/t.golden", "")
        .write("docs/t.flan", GLUED)
        .write("t/train.jsonl", "");
    for path in ["README.md", "golden", "docs", "docs/t.flan"] {
        let says = format!("error: {path} holds no template and no declaration\nhelp: ");
        let run = project.run(&["lint", path]);
        assert_eq!(run.stdout, "", "{path}");
        run.fails(2, &[&says]);
    }
    // Data may lie in a directory that is named like its dataset.
    assert_eq!(codes(&project, &[&select[..], &["t"]].concat()).len(), 2);
}

#[test]
fn a_selection_shows_what_concerns_it() {
    let project = Project::new();
    let dataset = |id: &str, cite: &str| {
        format!(
            "// lint: allow nonsense \"{id}\"\ndataset {id} in a {{\n  license \"MIT\"\n  cite \"{cite}\"\n  published 10\n  \
             field text: text\n  field label: choice {{ yes no }}\n}}\n"
        )
    };
    let templates = |id: &str| {
        format!(
            "templates {id} for {id} {{ template t1 {{ input \"{{{{ text }}}}, or what the letters of {id} say?\" target \
             \"{{{{ answer }}}}\" }} }}\n"
        )
    };
    for (id, cite) in [("one", "same"), ("two", "same"), ("three", "other")] {
        project.write(&format!("datasets/{id}.flan"), &dataset(id, cite));
    }
    for id in ["one", "two"] {
        project.write(&format!("templates/{id}.flan"), &templates(id));
    }
    project.write(
        "mixtures.flan",
        "cluster a {}\nmixture weighted { rates fixed { one 1 three 2 } hold_out two }\n",
    );
    let said = |args: &[&str]| {
        let run = project.run(&[&["lint", "--no-rows", "--format", "concise"], args].concat());
        assert_eq!(run.code, 1, "{}", run.stderr);
        let mut lines: Vec<String> = run.stdout.lines().map(str::to_string).collect();
        lines.retain(|line| line.contains("ALW003") || line.contains("MIX006") || line.contains("MIX001"));
        lines
            .iter()
            .map(|line| line.split(':').next().unwrap_or_default().to_string())
            .collect::<Vec<_>>()
    };
    let all = [
        "datasets/one.flan",
        "datasets/one.flan",
        "datasets/three.flan",
        "datasets/two.flan",
        "mixtures.flan",
    ];
    assert_eq!(said(&[]), all);
    // What is about a chosen dataset and another one stays.
    assert_eq!(said(&["two"]), ["datasets/one.flan", "datasets/two.flan"]);
    assert_eq!(said(&["one"]), ["datasets/one.flan", "datasets/one.flan"]);
    assert_eq!(said(&["three"]), ["datasets/three.flan", "mixtures.flan"]);
    // Paths and words add up, and what takes away does so from both.
    let both = ["datasets/one.flan", "datasets/three.flan", "datasets/two.flan"];
    assert_eq!(said(&["datasets/three.flan", "two"]), both);
    let files = ["datasets/one.flan", "datasets/three.flan"];
    assert_eq!(
        said(&[&files[..], &["not:one"]].concat()),
        ["datasets/one.flan", "datasets/three.flan"]
    );
    assert_eq!(said(&["datasets", "two", "not:one"]), both);
    let run = project.run(&["lint", "--no-rows", "templates/one.flan", "two"]);
    assert!(run.stderr.contains("2 datasets, 2 templates:"), "{}", run.stderr);
    project
        .run(&["lint", "datasets/one.flan", "not:one"])
        .fails(2, &["nothing is left of datasets/one.flan by `not:one`"]);
}

#[test]
fn flanc_toml_says_which_rules_run_where() {
    let project = templates(GLUED);
    project.write("flanc.toml", "[lint]\nignore = [\"glued-field\"]\n");
    assert!(!codes(&project, &[]).contains(&"TXT001".to_string()));
    project.write(
        "flanc.toml",
        "[lint]\nselect = [\"TXT001\"]\n[lint.per_path]\n\"*.flan\" = [\"text\"]\n",
    );
    assert!(codes(&project, &[]).is_empty());
    project.write("flanc.toml", "[lint]\nselect = [\"TXT0O1\"]\n");
    project
        .run(&["lint"])
        .fails(2, &["no rule or group of rules is `TXT0O1`"]);
    project.write("flanc.toml", "[lint]\nselects = []\n");
    project
        .run(&["lint"])
        .fails(2, &["nothing in flanc.toml is named `selects` here"]);
}

#[test]
fn a_comment_allows_what_stands_below_it_or_on_its_line() {
    let above = format!("// lint: allow glued-field \"it ends in a hyphen\"\n{GLUED}");
    let project = templates(&above);
    let run = project
        .run(&["lint", "--select", "all", "--ignore", "SIB,LAB,MIX,ROW"])
        .ok();
    assert!(run.stderr.contains("1 finding allowed"), "{}", run.stderr);
    let on_line = GLUED.replace("this.\"\n", "this.\" // lint: allow TXT001 \"it ends in a hyphen\"\n");
    assert!(!codes(&templates(&on_line), &[]).contains(&"TXT001".to_string()));
    let elsewhere = format!("{GLUED}// lint: allow TXT001 \"too late\"\n");
    let found = codes(&templates(&elsewhere), &["--select", "TXT001,ALW"]);
    assert_eq!(found, ["TXT001", "ALW001"]);
}

#[test]
fn fixes_are_put_in_or_shown() {
    let label = "template t1 {\n  input \"\"\"\n    Context:{{ passage }}\n    {{ options }}\n    \"\"\"\n  target \"{{ answer }}\"\n}\n";
    let project = templates(&format!("{label}{}", GLUED.replace("t1", "t2")));
    let before = project.read("example.flan");
    let run = project.run(&["lint", "--select", "TXT001,TXT002", "--fix", "--diff"]);
    assert_eq!(run.code, 1);
    let line = |text: &str| run.stdout.lines().any(|line| line == text);
    let changed = [
        "--- example.flan",
        "+++ example.flan",
        "-    Context:{{ passage }}",
        "+    Context: {{ passage }}",
    ];
    assert!(changed.into_iter().all(line), "{}", run.stdout);
    assert_eq!(project.read("example.flan"), before);
    project
        .run(&["lint", "--select", "TXT001,TXT002", "--fix"])
        .fails(1, &["1 finding fixed"]);
    assert!(project.read("example.flan").contains("Context: {{ passage }}"));
    project
        .run(&["lint", "--select", "TXT001,TXT002", "--unsafe-fixes"])
        .ok();
    assert!(project.read("example.flan").contains("{{ passage }} Summarize"));
    project.run(&["check"]).ok();
}

#[test]
fn every_form_says_the_same() {
    let project = templates(GLUED);
    let said = |form: &str| project.run(&["lint", "--select", "TXT001", "--format", form]).stdout;
    let message = "`Summarize` touches the value before it";
    assert!(
        said("full").contains("-->") && said("full").contains(message),
        "{}",
        said("full")
    );
    assert!(said("text") == said("full"));
    assert!(
        said("concise").starts_with("example.flan:27:10: error[TXT001]"),
        "{}",
        said("concise")
    );
    assert!(
        said("github").starts_with("::error file=example.flan,line=27,col=10,title=TXT001 glued-field::"),
        "{}",
        said("github")
    );
    let sarif: serde_json::Value = serde_json::from_str(&said("sarif")).expect("JSON");
    assert_eq!(sarif["version"], "2.1.0");
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(
        (result["ruleId"].as_str(), result["level"].as_str()),
        (Some("TXT001"), Some("error"))
    );
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], 27);
    assert_eq!(sarif["runs"][0]["tool"]["driver"]["rules"][0]["id"], "TXT001");
    let junit = said("junit");
    assert!(
        junit.contains("failures=\"1\"") && junit.contains("classname=\"example.flan\""),
        "{junit}"
    );
    let json: serde_json::Value = serde_json::from_str(&said("json")).expect("JSON");
    assert_eq!(json["findings"][0]["name"], "glued-field");
    let statistics = project.run(&["lint", "--select", "TXT001", "--statistics"]).stdout;
    assert!(
        statistics.contains("TXT001") && statistics.contains("findings"),
        "{statistics}"
    );
    let clean = project.run(&["lint", "--select", "TXT002", "--format", "junit"]).ok();
    assert!(clean.stdout.contains("tests=\"1\" failures=\"0\""), "{}", clean.stdout);
    project
        .run(&["list", "--format", "sarif"])
        .fails(2, &["only `lint` has findings"]);
}

#[test]
fn a_rule_prints_its_page() {
    let project = Project::new();
    let page = project.run(&["rule", "TXT001"]).ok().stdout;
    assert!(
        page.starts_with("# glued-field") && page.contains("## How to fix"),
        "{page}"
    );
    assert_eq!(project.run(&["rule", "glued-field"]).ok().stdout, page);
    let list = project.run(&["rule"]).ok().stdout;
    assert!(rule::all().iter().all(|rule| list.contains(rule.code)), "{list}");
    project
        .run(&["rule", "glued-feild"])
        .fails(2, &["did you mean `glued-field`?"]);
}

#[test]
fn a_branch_is_read_however_many_stand_before_it() {
    let ifs: String = (0..60)
        .map(|n| {
            let other = if n == 40 { "Mind the the gap." } else { "Well then." };
            format!("{{% if year == {n} %}}It is {n}.{{% else %}}{other}{{% endif %}} ")
        })
        .collect();
    let text = format!("template t1 {{\n  input \"{ifs}{{{{ passage }}}}\"\n  target \"{{{{ answer }}}}\"\n}}\n");
    assert_eq!(codes(&templates(&text), &["--select", "TXT020"]), ["TXT020"]);
}

#[test]
fn texts_that_double_what_they_print_are_linted_all_the_same() {
    let doubled: String = (0..60)
        .map(|n| format!("{{% set t{} %}}{{{{ t{n} }}}}{{{{ t{n} }}}}{{% endset %}}", n + 1))
        .collect();
    let body = format!("{{% set t0 %}}{{{{ passage }}}} {{% endset %}}{doubled}{{{{ t60 }}}}");
    let text = format!("template t1 {{\n  input \"Read the the text. {body}\"\n  target \"{{{{ answer }}}}\"\n}}\n");
    assert_eq!(codes(&templates(&text), &["--select", "TXT020"]), ["TXT020"]);
}
