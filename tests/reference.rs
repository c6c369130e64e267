//! docs/cli.md is what the program says of itself.

use std::path::Path;

#[test]
fn cli_reference_is_that_of_the_program() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.md");
    let produced = flanc::cli::reference();
    if std::env::var_os("FLANC_UPDATE").is_some() {
        std::fs::write(&path, &produced).expect("docs/cli.md");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == produced,
        "docs/cli.md is not what the program says: FLANC_UPDATE=1 cargo test cli_reference"
    );
}
