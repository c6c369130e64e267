//! A project in a directory of its own, and the program run on it as a user would.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A project that a test writes file by file.
pub struct Project {
    pub dir: tempfile::TempDir,
}

impl Project {
    pub fn new() -> Self {
        Self {
            dir: tempfile::tempdir().expect("a temporary directory"),
        }
    }

    /// The repository's own project, by links, so that a build of it lands elsewhere.
    pub fn shipped() -> Self {
        let project = Self::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for name in ["datasets", "templates"] {
            std::os::unix::fs::symlink(root.join(name), project.path(name)).expect("a link");
        }
        project
    }

    /// The same with the repository's own flanc.toml, where it has one.
    pub fn shipped_with_config() -> Self {
        let project = Self::shipped();
        let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("flanc.toml");
        if let Ok(text) = fs::read_to_string(config) {
            project.write("flanc.toml", &text);
        }
        project
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a file in the project")).expect("its directory");
        fs::write(path, text).expect("the file");
        self
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Runs the program in the project, without anything of the environment that could change what it prints.
    pub fn run(&self, args: &[&str]) -> Run {
        self.run_in(args, &[])
    }

    /// The same, with these variables in the environment.
    pub fn run_in(&self, args: &[&str], env: &[(&str, &str)]) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_flanc"))
            .current_dir(self.dir.path())
            .env_clear()
            .env("CI", "true")
            .envs(env.iter().copied())
            .args(args)
            .output()
            .expect("the program starts");
        Run::of(&output)
    }

    /// The same, with files of at most so many blocks.
    pub fn run_limited(&self, blocks: u32, args: &[&str]) -> Run {
        let script = format!("ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let output = Command::new("sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_flanc")])
            .args(args)
            .current_dir(self.dir.path())
            .env("CI", "true")
            .output()
            .expect("a shell");
        Run::of(&output)
    }
}

/// How a run ended.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    pub fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.code, 0, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// The run failed with this code, and said all of this.
    #[track_caller]
    pub fn fails(self, code: i32, says: &[&str]) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        for text in says {
            assert!(self.stderr.contains(text), "`{text}` is not in:\n{}", self.stderr);
        }
        self
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}:\n{}", self.stdout))
    }
}

/// The text of a project of one dataset `t`, of texts that are good or bad: `says` are its other statements and sources.
pub fn one_dataset(says: &str) -> String {
    format!(
        r#"cluster misc {{ title "Rest" }}
dataset t in misc {{
  title "T"
  field text: text
  field label: choice {{ good bad }}
  {says}
}}
templates t for t {{ template say {{ input "{{{{ text }}}}" target "{{{{ answer }}}}" }} }}
mixture flan {{ title "All" include all }}
"#
    )
}

/// A file of JSON.
pub fn json(path: &Path) -> serde_json::Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A line for the person who runs the tests, which the harness does not swallow.
pub fn say(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
