//! The page of `flanc golden report`: whole, and in a browser as wide as a phone.

use std::env;
use std::process::Command;

use crate::golden::{DATASETS, TEMPLATES, accepted};
use crate::support::{Project, Run, say};

fn changed() -> Project {
    let project = accepted();
    project
        .write(
            "templates/all.flan",
            &TEMPLATES
                .replace("Write.", "Write <it>. ")
                .replace("Rate:", "Give a mark to this sentence here:"),
        )
        .write(
            "datasets/all.flan",
            &DATASETS.replace("\"Yes\" \"No\"", "\"True\" \"No\""),
        );
    project
}

#[test]
fn the_page_is_whole_and_needs_nothing_beside_it() {
    let project = changed();
    let run = project.run(&["golden", "report", "--html", "page.html"]).ok();
    assert!(run.stdout.is_empty() && run.stderr.contains("page.html: "), "{run:?}");
    let page = project.read("page.html");
    for never in [
        "<script",
        "http:",
        "https:",
        "url(",
        "@import",
        "src=",
        "javascript",
        "<it>",
    ] {
        assert!(!page.contains(never), "`{never}` is in the page");
    }
    for part in [
        "prefers-color-scheme: dark",
        "@media print",
        "width=device-width",
        "<option value=\"da0\">cola</option>",
        "template text</option>",
        "verbalizer</span>",
        "<dt>words before</dt>",
        "<ins> &lt;it&gt;</ins>.<ins><span class=\"sign\">·</span></ins>",
        "<del>Yes</del>",
    ] {
        assert!(page.contains(part), "`{part}` is not in\n{page}");
    }
    crate::stats::balanced(&page);
    project
        .run(&["golden", "report", "--html", "no/where.html"])
        .fails(2, &["no/where.html"]);
    project.run(&["golden", "accept"]).ok();
    project.run(&["golden", "report", "--html", "page.html"]).ok();
    assert!(project.read("page.html").contains("Everything is as it was accepted."));
}

/// A page in a browser without a window: what a script that is put into it writes into its title.
fn measured(project: &Project, browser: &str, width: u32, script: &str) -> String {
    let page = project.read("page.html");
    let script = format!(
        "<script>window.onload=()=>{{document.title='measured:'+JSON.stringify((()=>{{{script}}})())}}</script></body>"
    );
    project.write("measured.html", &page.replace("</body>", &script));
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--virtual-time-budget=2000",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", project.path("browser").display()))
        .arg(format!("--window-size={width},900"))
        .arg(format!("file://{}", project.path("measured.html").display()))
        .output()
        .expect("the browser starts");
    let run = Run::of(&output);
    let title = run
        .stdout
        .split("<title>measured:")
        .nth(1)
        .and_then(|rest| rest.split("</title>").next());
    title
        .unwrap_or_else(|| panic!("{}\n{}", run.stdout, run.stderr))
        .to_string()
}

#[test]
fn the_page_fits_a_phone_and_its_filters_filter() {
    let Some(browser) = env::var("FLANC_BROWSER").ok().filter(|path| !path.is_empty()) else {
        say("skipped: the page is not opened in a browser, since FLANC_BROWSER names none");
        return;
    };
    let project = changed();
    project.run(&["golden", "report", "--html", "page.html"]).ok();
    // Nothing is wider than the window, at any width; texts stand side by side where there is room.
    let layout = "const e=document.documentElement;const [a,b]=document.querySelectorAll('.text');\
        return [e.scrollWidth<=innerWidth, a.getBoundingClientRect().top===b.getBoundingClientRect().top]";
    assert_eq!(measured(&project, &browser, 1200, layout), "[true,true]");
    assert_eq!(measured(&project, &browser, 500, layout), "[true,false]");
    let filter = "const seen=()=>[...document.querySelectorAll('article')].filter(a=>a.offsetParent!==null)\
        .map(a=>a.querySelector('h2').firstChild.data.trim());\
        const pick=(id,text)=>{const s=document.getElementById(id);s.value=[...s.options].find(o=>o.text===text).value};\
        const out=[seen().length];pick('dataset','cola');out.push(seen());pick('dataset','all');pick('cause','verbalizer');\
        out.push(seen().length);pick('cluster','misc');out.push(seen());return out";
    assert_eq!(measured(&project, &browser, 1200, filter), "[4,[\"cola/rate\"],3,[]]");
}
