//! Servers: what they list, and one file at a time, tried again where that can help. Nothing here knows what was locked or
//! where files are kept.

mod bucket;
mod hub;
mod retry;
mod web;

use std::collections::BTreeMap;
use std::env;
use std::io;
use std::sync::{Arc, Mutex, OnceLock};

use object_store::ObjectStore;
use tokio::runtime::Runtime;

pub(super) use retry::Failure;

use super::depot::Partial;
use super::read::{ReadError, parse};
use crate::catalog::{At, Location};

/// A file that a server has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    /// Its url, as a path of a source could name it.
    pub name: String,
    /// The commit of a dataset of the Hub.
    pub revision: Option<String>,
    pub etag: Option<String>,
    /// Where the server knows it.
    pub sha256: Option<String>,
}

/// A file to bring here.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub name: String,
    pub revision: Option<String>,
    /// Not if it still has this tag.
    pub unless: Option<String>,
}

/// What came of asking for a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Whole { etag: Option<String> },
    Unchanged,
}

/// How far files have come.
#[derive(Clone, Copy, Debug)]
pub enum Transfer<'a> {
    /// A server begins to send: what is here already, and how much it is in all where that is known.
    Began {
        name: &'a str,
        here: u64,
        of: Option<u64>,
    },
    Received {
        bytes: u64,
    },
    /// Whether it arrived or not.
    Ended {
        name: &'a str,
    },
}

/// Told of every transfer, from any thread.
pub type Report = Arc<dyn Fn(Transfer<'_>) + Send + Sync>;

/// The servers that this run of the program talks to.
#[derive(Default)]
pub(super) struct Remote {
    runtime: OnceLock<Result<Runtime, String>>,
    client: OnceLock<Result<reqwest::Client, String>>,
    buckets: Mutex<BTreeMap<String, Arc<dyn ObjectStore>>>,
}

/// A variable of the environment that is set to something.
fn variable(name: &str) -> Option<String> {
    env::var(name)
        .ok()
        .map(|value| value.trim().to_string())
        .filter(|value| !value.is_empty())
}

impl Remote {
    /// Whether the environment forbids the network, by the Hub's own variable.
    pub fn is_forbidden() -> bool {
        variable("HF_HUB_OFFLINE")
            .is_some_and(|value| ["1", "true", "yes", "on"].contains(&value.to_lowercase().as_str()))
    }

    /// The files that a url names.
    pub fn list(&self, location: &Location) -> Result<Vec<Listed>, ReadError> {
        let name = &location.file;
        let listed = retry::until_done(|| match &location.at {
            At::Data | At::Web => Ok(vec![Listed {
                name: name.clone(),
                revision: None,
                etag: None,
                sha256: None,
            }]),
            At::Hub {
                repository,
                revision,
                path,
            } => self.hub_list(location, repository, revision, path),
            At::Bucket { root, key } => self.bucket_list(root, key),
        });
        let listed = listed.map_err(|failure| failure.explain(location))?;
        if listed.is_empty() {
            let error = ReadError::new("nothing there has this name").in_file(name);
            return Err(error.help("check the path and the revision; `*` stays inside a directory, `**` does not"));
        }
        Ok(listed)
    }

    /// Brings a file here, after what has arrived of it already.
    pub fn get(
        &self,
        wanted: &Wanted,
        into: &mut Partial,
        report: &super::remote::Report,
    ) -> Result<Answer, ReadError> {
        let location = parse(&wanted.name)?;
        let got = retry::while_it_helps(into, |into| match &location.at {
            At::Data => Err(Failure::lasting("this is no url")),
            At::Web => {
                let url = web::url(&location.file)?;
                self.get_url(url, None, wanted, into, report)
            }
            At::Hub {
                repository,
                revision,
                path,
            } => {
                let revision = wanted.revision.as_deref().unwrap_or(revision);
                self.get_url(
                    hub::file_url(repository, revision, path)?,
                    hub::token(),
                    wanted,
                    into,
                    report,
                )
            }
            At::Bucket { root, key } => self.get_object(root, key, wanted, into, report),
        });
        got.map_err(|failure| failure.explain(&location))
    }

    fn runtime(&self) -> Result<&Runtime, Failure> {
        let started = self.runtime.get_or_init(|| {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            builder
                .worker_threads(2)
                .enable_all()
                .build()
                .map_err(|error| error.to_string())
        });
        started.as_ref().map_err(|error| Failure::lasting(error.clone()))
    }
}

impl From<io::Error> for Failure {
    /// A disk that fails here fails again.
    fn from(error: io::Error) -> Failure {
        Failure::lasting(error.to_string())
    }
}
