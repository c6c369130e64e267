//! `flanc build` on the project's own samples, as a newcomer runs it.

use crate::support::Project;

#[test]
fn a_newcomer_builds_the_samples() {
    let project = Project::shipped();
    let run = project.run(&["build"]).ok();
    for text in ["dataset", "target", "achieved", "rte", "build/flan: train"] {
        assert!(run.stdout.contains(text), "`{text}` is not in:\n{}", run.stdout);
    }
    project.run(&["verify", "build/flan"]).ok();
}
