//! The directory of a run: what was asked, and answers as they come, so that a run that was stopped goes on where it was.
//!
//! Answers are written to `NAME.part` and take their name when all are there; reports are written last, each in one step.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::examples::Example;
use crate::files::durable;

/// What a run was asked, and what of.
pub const RUN: &str = "run.json";
/// Answers to the split `test`, as `flanc score` reads them.
pub const PREDICTIONS: &str = "predictions.jsonl";
/// Answers to the split `validation`.
pub const VALIDATION: &str = "validation.jsonl";

/// A run's directory.
#[derive(Debug)]
pub struct Store {
    directory: PathBuf,
}

impl Store {
    /// Opens a directory for a run: a new one, or one that the same run began. `run` says what decides the answers.
    pub fn open(directory: &Path, run: &Value) -> anyhow::Result<Self> {
        let store = Self {
            directory: directory.to_path_buf(),
        };
        match store.run()? {
            Some(old) if old["asked"] == run["asked"] => {}
            Some(old) => bail!(
                "{} holds a run that was asked otherwise: {}\nhelp: name another `--out`, or remove it",
                directory.display(),
                differs(&old["asked"], &run["asked"])
            ),
            None => {
                let full = fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_some());
                if full {
                    bail!(
                        "{} is not empty, and holds no run of `flanc eval`\nhelp: name another `--out`",
                        directory.display()
                    );
                }
                fs::create_dir_all(directory).with_context(|| format!("cannot create {}", directory.display()))?;
            }
        }
        store.write(RUN, &format!("{run:#}\n"))?;
        Ok(store)
    }

    /// What a directory says of its run; `None` where it holds none.
    pub fn run(&self) -> anyhow::Result<Option<Value>> {
        let path = self.directory.join(RUN);
        match fs::read_to_string(&path) {
            Ok(text) => {
                let run = serde_json::from_str(&text).with_context(|| format!("{} is no JSON", path.display()))?;
                Ok(Some(run))
            }
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Writes a file in one step.
    pub fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        durable::text(&self.path(name), text)
    }

    /// The answers to these examples, as far as they are there: how many of the first have one, and where the next goes. `None` where
    /// all have one and the file has its name.
    pub fn answers(&self, name: &str, examples: &[Example]) -> anyhow::Result<Option<(usize, Answers)>> {
        let whole = self.path(name);
        if whole.is_file() {
            let text = fs::read(&whole).with_context(|| format!("cannot read {}", whole.display()))?;
            if kept(&text, examples) != (examples.len(), text.len()) {
                bail!(
                    "{} does not hold the answers of this run\nhelp: remove it, and they are computed again",
                    whole.display()
                );
            }
            return Ok(None);
        }
        let part = self.path(&format!("{name}.part"));
        let text = match fs::read(&part) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", part.display())),
        };
        // A line that was torn, and whatever stands after a line that is not the next one's, is computed again.
        let (done, bytes) = kept(&text, examples);
        let file = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(false)
            .open(&part)
            .and_then(|file| file.set_len(bytes as u64).map(|()| file))
            .and_then(|mut file| std::io::Seek::seek(&mut file, std::io::SeekFrom::End(0)).map(|_| file))
            .with_context(|| format!("cannot write {}", part.display()))?;
        let answers = Answers {
            file: BufWriter::new(file),
            part,
            whole,
        };
        Ok(Some((done, answers)))
    }
}

/// Lines that are being written.
#[derive(Debug)]
pub struct Answers {
    file: BufWriter<File>,
    part: PathBuf,
    whole: PathBuf,
}

impl Answers {
    /// Adds some lines, and hands them to the system.
    pub fn add(&mut self, lines: &[Value]) -> anyhow::Result<()> {
        let mut write = || {
            for line in lines {
                writeln!(self.file, "{line}")?;
            }
            self.file.flush()
        };
        write().with_context(|| format!("cannot write {}", self.part.display()))
    }

    /// Gives the file its name: all answers are there.
    pub fn finish(self) -> anyhow::Result<()> {
        let Self { file, part, whole } = self;
        let written = file.into_inner().map_err(std::io::IntoInnerError::into_error).map(drop);
        written.with_context(|| format!("cannot write {}", part.display()))?;
        durable::place(&part, &whole)
    }
}

/// How many of the first examples have an answer in this text, one a line in their order, and the bytes of these lines.
fn kept(text: &[u8], examples: &[Example]) -> (usize, usize) {
    let (mut done, mut bytes) = (0, 0);
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let value: Option<Value> = line
            .strip_suffix(b"\n")
            .and_then(|line| serde_json::from_slice(line).ok());
        let fits = examples.get(done).zip(value).is_some_and(|(example, value)| {
            value["dataset"] == example.dataset.as_str()
                && value["template"] == example.template.as_str()
                && value["row_key"] == example.row_key.as_str()
        });
        if !fits {
            break;
        }
        done += 1;
        bytes += line.len();
    }
    (done, bytes)
}

/// The keys whose values differ, for a person.
fn differs(old: &Value, new: &Value) -> String {
    let keys = |value: &Value| {
        value
            .as_object()
            .map_or(Vec::new(), |map| map.keys().cloned().collect::<Vec<_>>())
    };
    let mut all = keys(old);
    all.extend(keys(new));
    all.sort();
    all.dedup();
    let lines = all
        .iter()
        .filter(|key| old[key.as_str()] != new[key.as_str()])
        .map(|key| format!("{key} was {}, is {}", old[key.as_str()], new[key.as_str()]));
    lines.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn examples() -> Vec<Example> {
        let example = |row: usize| Example {
            dataset: "d".to_string(),
            template: "t".to_string(),
            row_key: format!("{row}"),
            ..Example::default()
        };
        (0..3).map(example).collect()
    }

    fn line(row: usize) -> Value {
        json!({ "dataset": "d", "template": "t", "row_key": format!("{row}"), "prediction": "x" })
    }

    #[test]
    fn a_run_that_was_stopped_goes_on_after_its_last_whole_line() {
        let dir = tempfile::tempdir().expect("a directory");
        let out = dir.path().join("run");
        let run = json!({ "asked": { "shots": 0 } });
        let store = Store::open(&out, &run).expect("a new run");
        let (done, mut answers) = store
            .answers(PREDICTIONS, &examples())
            .expect("answers")
            .expect("some to come");
        assert_eq!(done, 0);
        answers.add(&[line(0)]).expect("written");
        drop(answers);
        let part = out.join("predictions.jsonl.part");
        let whole = fs::read_to_string(&part).expect("the lines");
        fs::write(&part, format!("{whole}{{\"dataset\": \"d\", \"te")).expect("a torn line");
        let store = Store::open(&out, &run).expect("the same run");
        let (done, mut answers) = store
            .answers(PREDICTIONS, &examples())
            .expect("answers")
            .expect("some to come");
        assert_eq!(done, 1);
        answers.add(&[line(1), line(2)]).expect("written");
        answers.finish().expect("named");
        assert!(store.answers(PREDICTIONS, &examples()).expect("answers").is_none());
        let text = fs::read_to_string(out.join(PREDICTIONS)).expect("the answers");
        assert_eq!(text, format!("{}\n{}\n{}\n", line(0), line(1), line(2)));
        // Another run may not mix with it.
        let other = json!({ "asked": { "shots": 2 } });
        let error = Store::open(&out, &other).expect_err("another run").to_string();
        assert!(error.contains("shots was 0, is 2"), "{error}");
        fs::write(out.join(PREDICTIONS), "{}\n").expect("other answers");
        assert!(store.answers(PREDICTIONS, &examples()).is_err());
    }

    #[test]
    fn a_directory_of_something_else_is_left_alone() {
        let dir = tempfile::tempdir().expect("a directory");
        fs::write(dir.path().join("thesis.tex"), "x").expect("a file");
        let error = Store::open(dir.path(), &json!({ "asked": {} })).expect_err("not a run");
        assert!(error.to_string().contains("is not empty"), "{error}");
    }
}
