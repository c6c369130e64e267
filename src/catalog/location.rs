//! Where a path of a source points: below the data directory or at a url, and from there perhaps into an archive.
//!
//! This takes a path apart and says what is wrong with it. It looks at no file and asks no server.

use crate::text;

/// A path as the language writes it, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The path of the file, of the archive where there is a member; a url with its scheme.
    pub file: String,
    pub at: At,
    /// Which members of the archive, with wildcards.
    pub member: Option<String>,
}

/// Where the file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    /// Below the data directory.
    Data,
    /// On a web server, which has no listing: the url is one file.
    Web,
    /// In a dataset of the Hub.
    Hub {
        /// `OWNER/NAME`.
        repository: String,
        /// A branch, a tag or a commit.
        revision: String,
        /// In the repository, with wildcards.
        path: String,
    },
    /// In a bucket.
    Bucket {
        /// The url up to the key, without the `/` between them: `s3://bucket`.
        root: String,
        /// With wildcards.
        key: String,
    },
}

/// What is wrong with a path, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLocation {
    pub message: String,
    pub help: String,
    /// Whether it was meant as a url.
    pub url: bool,
}

const SCHEMES: &[&str] = &["abfs", "abfss", "az", "gs", "hf", "http", "https", "s3"];
const HUB_FORM: &str = "write `hf://datasets/OWNER/NAME@REVISION/PATH`; without `@REVISION` it is `main`";

impl Location {
    /// Takes a path apart.
    pub fn parse(path: &str) -> Result<Location, BadLocation> {
        let Some((scheme, rest)) = scheme_of(path) else {
            let (file, member) = parts(path, "", false)?;
            inside(&file)?;
            return Ok(Location {
                file,
                at: At::Data,
                member,
            });
        };
        if !SCHEMES.contains(&scheme) {
            let help = match text::suggest(scheme, SCHEMES.iter().copied()) {
                Some(near) => format!("did you mean `{near}://`?"),
                None => format!("urls begin with {}", text::list(SCHEMES)),
            };
            return Err(bad(format!("no url begins with `{scheme}://`"), help));
        }
        let (rest, member) = parts(rest, scheme, true)?;
        let file = format!("{scheme}://{rest}");
        let at = match scheme {
            "http" | "https" => web(&rest)?,
            "hf" => hub(&rest)?,
            _ => bucket(scheme, &rest)?,
        };
        Ok(Location { file, at, member })
    }

    /// Whether the file has to be fetched.
    pub fn is_remote(&self) -> bool {
        self.at != At::Data
    }
}

/// The scheme of a url and what follows it.
fn scheme_of(path: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = path.split_once("://")?;
    let letters = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    (!scheme.is_empty() && scheme.chars().all(letters)).then_some((scheme, rest))
}

fn bad(message: impl Into<String>, help: impl Into<String>) -> BadLocation {
    BadLocation {
        message: message.into(),
        help: help.into(),
        url: true,
    }
}

/// The file and the member that `//` divides.
fn parts(path: &str, scheme: &str, url: bool) -> Result<(String, Option<String>), BadLocation> {
    let member_help = "write `archive.zip//inner/*.csv`; `//` stands before the members of an archive, once";
    let wrong = |message: &str| BadLocation {
        message: message.to_string(),
        help: member_help.to_string(),
        url,
    };
    let (file, member) = match path.split_once("//") {
        None => (path, None),
        Some((file, member)) => (file, Some(member)),
    };
    if file.is_empty() {
        return Err(if url {
            bad(format!("nothing follows `{scheme}://`"), "write the whole url")
        } else if member.is_some() {
            wrong("nothing stands before `//`")
        } else {
            outside()
        });
    }
    if let Some(member) = member {
        if member.is_empty() {
            return Err(wrong("nothing follows `//`"));
        }
        if member.contains("//") {
            return Err(wrong("an archive inside an archive cannot be read"));
        }
        if member.starts_with('/') || member.split('/').any(|piece| piece == "..") {
            return Err(wrong("the name of a member has no `..`"));
        }
    }
    Ok((file.to_string(), member.map(str::to_string)))
}

fn outside() -> BadLocation {
    BadLocation {
        message: "a path of a source stays inside the data directory".to_string(),
        help: "write it relative to `--data`, with `/` between its parts and without `..`".to_string(),
        url: false,
    }
}

fn inside(path: &str) -> Result<(), BadLocation> {
    if path.starts_with('/') || path.contains('\\') || path.split('/').any(|piece| piece == "..") {
        return Err(outside());
    }
    Ok(())
}

fn web(rest: &str) -> Result<At, BadLocation> {
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    if host.is_empty() || path.is_empty() {
        return Err(bad("this url names no file", "write `https://HOST/PATH`"));
    }
    if rest.contains('*') || rest.char_indices().any(|(at, _)| name_in_braces(&rest[at..]).is_some()) {
        return Err(bad(
            "a web server does not say which files it has",
            "write the url of each file, separated by commas",
        ));
    }
    Ok(At::Web)
}

fn hub(rest: &str) -> Result<At, BadLocation> {
    let Some(rest) = rest.strip_prefix("datasets/") else {
        return Err(bad("only datasets of the Hub can be read", HUB_FORM));
    };
    let mut pieces = rest.split('/');
    let (owner, name) = (pieces.next().unwrap_or(""), pieces.next().unwrap_or(""));
    if owner.contains('@') || owner.is_empty() || name.is_empty() {
        return Err(bad("a dataset of the Hub has a name of two parts", HUB_FORM));
    }
    let (name, revision) = name.split_once('@').unwrap_or((name, "main"));
    let revision = match revision {
        "refs" => {
            let rest: Vec<&str> = pieces.by_ref().take(2).collect();
            format!("refs/{}", rest.join("/"))
        }
        "~parquet" => "refs/convert/parquet".to_string(),
        other => other.replace("%2F", "/").replace("%2f", "/"),
    };
    let path: Vec<&str> = pieces.collect();
    let path = path.join("/");
    if name.is_empty() || revision.is_empty() || path.is_empty() {
        return Err(bad("this url names no file of a dataset", HUB_FORM));
    }
    clean(&path)?;
    Ok(At::Hub {
        repository: format!("{owner}/{name}"),
        revision,
        path,
    })
}

fn bucket(scheme: &str, rest: &str) -> Result<At, BadLocation> {
    let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
    if bucket.is_empty() || key.is_empty() {
        return Err(bad("this url names no file", format!("write `{scheme}://BUCKET/PATH`")));
    }
    clean(key)?;
    Ok(At::Bucket {
        root: format!("{scheme}://{bucket}"),
        key: key.to_string(),
    })
}

fn clean(path: &str) -> Result<(), BadLocation> {
    if path.split('/').any(|piece| piece == "." || piece == "..") {
        return Err(bad(
            "`.` and `..` mean nothing in this url",
            "write the path without them",
        ));
    }
    Ok(())
}

/// Whether a piece of a path matches more than itself.
pub fn has_wildcard(piece: &str) -> bool {
    piece.contains(['*', '?'])
        || piece
            .char_indices()
            .any(|(at, c)| c == '{' && name_in_braces(&piece[at..]).is_some())
}

/// The `name` of a text that starts with `{name}`.
pub fn name_in_braces(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix('{')?.split_once('}')?;
    let mut letters = name.chars();
    let first = letters.next()?;
    let fits = (first.is_ascii_alphabetic() || first == '_') && letters.all(|c| c.is_ascii_alphanumeric() || c == '_');
    fits.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str) -> (At, Option<String>) {
        let location = Location::parse(path).unwrap();
        (location.at, location.member)
    }

    fn hub(repository: &str, revision: &str, path: &str) -> At {
        At::Hub {
            repository: repository.to_string(),
            revision: revision.to_string(),
            path: path.to_string(),
        }
    }

    #[test]
    fn urls_are_taken_apart() {
        assert_eq!(at("hf://datasets/o/n/a/b.csv").0, hub("o/n", "main", "a/b.csv"));
        assert_eq!(at("hf://datasets/o/n@v1.0/*.csv").0, hub("o/n", "v1.0", "*.csv"));
        let converted = hub("o/n", "refs/convert/parquet", "d/train/0.parquet");
        for revision in ["refs/convert/parquet", "~parquet", "refs%2Fconvert%2Fparquet"] {
            assert_eq!(
                at(&format!("hf://datasets/o/n@{revision}/d/train/0.parquet")).0,
                converted
            );
        }
        let bucket = At::Bucket {
            root: "s3://b".to_string(),
            key: "k/*.csv".to_string(),
        };
        assert_eq!(at("s3://b/k/*.csv").0, bucket);
        assert_eq!(at("https://h/f.csv?download=1").0, At::Web);
    }

    #[test]
    fn two_slashes_lead_into_an_archive() {
        assert_eq!(at("a.zip//b/*.csv"), (At::Data, Some("b/*.csv".to_string())));
        assert_eq!(at("https://h/a.zip//b"), (At::Web, Some("b".to_string())));
        assert_eq!(Location::parse("https://h/a.zip//b").unwrap().file, "https://h/a.zip");
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (path, said) in [
            ("", "inside the data directory"),
            ("/etc/passwd", "inside the data directory"),
            ("a/../../b", "inside the data directory"),
            ("a.zip//", "nothing follows"),
            ("a.zip//../b", "no `..`"),
            ("a.zip//b.tar//c", "inside an archive"),
            ("//a", "before `//`"),
            ("ftp://h/f", "`ftp://`"),
            ("htps://h/f", "`htps://`"),
            ("https://h", "names no file"),
            ("https://h/*.csv", "which files it has"),
            ("https://h/{name}.csv", "which files it has"),
            ("hf://models/o/n/f", "only datasets"),
            ("hf://datasets/squad@main/f", "two parts"),
            ("hf://datasets/o/n", "names no file"),
            ("hf://datasets/o/n@/f", "names no file"),
            ("s3://bucket", "names no file"),
            ("s3://bucket/../x", "mean nothing"),
            ("s3://", "nothing follows"),
        ] {
            let error = Location::parse(path).unwrap_err();
            assert!(error.message.contains(said), "{path}: {}", error.message);
        }
    }
}
