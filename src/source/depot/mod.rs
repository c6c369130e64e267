//! The files of a project beyond its data directory: the lock that says what each holds, the cache of what was fetched,
//! and the way to fetch the rest.

mod cache;
mod digests;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rayon::prelude::*;

use cache::Cache;
pub(super) use cache::Partial;
use digests::Digests;

use super::read::{Archive, Pattern, ReadError, SourceFile, parse};
use super::remote::{Answer, Remote, Report, Transfer, Wanted};
use crate::catalog::At;
use crate::digest::{Digest, hex, sha256_of};
use crate::project::{LOCK, Lock, Locked, LockedPath};

/// How many files are fetched at once.
const AT_ONCE: usize = 4;

type Opened = Arc<OnceLock<Result<Arc<Archive>, ReadError>>>;

/// The lock, the cache and the network of one run of the program. Without a project there is none of them.
#[derive(Default)]
pub struct Depot {
    lock: Lock,
    cache: Option<Cache>,
    /// `None`: nothing may be fetched.
    remote: Option<Arc<Remote>>,
    report: Option<Report>,
    digests: Arc<Digests>,
    /// Archives whose directory has been read, by where they lie.
    archives: Mutex<BTreeMap<PathBuf, Opened>>,
}

impl std::fmt::Debug for Depot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Depot")
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}

/// What came of fetching a file.
pub(super) enum Fetched {
    File(Locked),
    /// It is as it was when it had this tag.
    Unchanged,
}

impl Depot {
    /// The depot of the project at `root`. `offline` forbids the network, as `HF_HUB_OFFLINE` does; `report` is told what
    /// arrives.
    pub fn open(root: &Path, lock: Lock, offline: bool, report: Option<Report>) -> Depot {
        let cache = Cache::new(root.join(".flanc").join("cache"));
        let offline = offline || Remote::is_forbidden();
        Depot {
            lock,
            digests: Arc::new(Digests::kept_in(cache.digests())),
            cache: Some(cache),
            remote: (!offline).then(Arc::default),
            report,
            archives: Mutex::default(),
        }
    }

    /// The same depot under another lock.
    pub(super) fn under(&self, lock: Lock) -> Depot {
        Depot {
            lock,
            cache: self.cache.clone(),
            remote: self.remote.clone(),
            report: self.report.clone(),
            digests: self.digests.clone(),
            archives: Mutex::default(),
        }
    }

    pub fn lock(&self) -> &Lock {
        &self.lock
    }

    /// What is on servers, by a listing.
    pub(super) fn network(&self) -> Result<&Remote, ReadError> {
        self.remote.as_deref().ok_or_else(|| {
            ReadError::new("it has to be fetched, and this run is offline")
                .help("leave out `--offline`, and unset HF_HUB_OFFLINE")
        })
    }

    fn cache(&self) -> Result<&Cache, ReadError> {
        self.cache
            .as_ref()
            .ok_or_else(|| ReadError::new("a url can be read in a project only"))
    }

    /// The files that the lock has for a url, with what its wildcards stand for.
    pub(super) fn remote(&self, path: &LockedPath) -> Result<Vec<SourceFile>, ReadError> {
        let unknown = || {
            ReadError::new(format!("it is not in {LOCK}, so that nothing says what it should hold"))
                .help("run `flanc fetch`")
                .in_file(&path.path)
        };
        let (cache, files) = (self.cache()?, self.lock.files(path).ok_or_else(unknown)?);
        let inner = |name: &str| -> Result<Option<String>, ReadError> {
            Ok(match parse(name)?.at {
                At::Hub { path, .. } | At::Bucket { key: path, .. } => Some(path),
                At::Web | At::Data => None,
            })
        };
        let pattern = inner(&path.path)?.map(|path| Pattern::new(&path)).transpose()?;
        let mut found = Vec::new();
        for (name, locked) in files {
            let mut file = SourceFile::whole(name.clone(), locked.bytes, cache.file(&locked.sha256));
            if let (Some(pattern), Some(inner)) = (&pattern, inner(name)?) {
                file.captures = pattern.matches(&inner).unwrap_or_default();
            }
            found.push(file);
        }
        Ok(found)
    }

    /// Why the files of a url cannot be had; `None` where they can.
    pub(super) fn absence(&self, path: &LockedPath, source: &str) -> Option<String> {
        let Some(files) = self.lock.files(path) else {
            return Some(format!(
                "{} is not in {LOCK}: run `flanc fetch --source {source}`",
                path.path
            ));
        };
        let cache = self.cache.as_ref().filter(|_| self.remote.is_none())?;
        let (name, _) = files.iter().find(|(_, locked)| !cache.file(&locked.sha256).is_file())?;
        Some(format!("{name} is not in the cache, and this run is offline"))
    }

    /// Holds the names of files of the data directory to the lock, where it knows their path.
    pub(super) fn same_names(&self, path: &LockedPath, files: &[SourceFile]) -> Result<(), ReadError> {
        let Some(locked) = self.lock.files(path) else {
            return Ok(());
        };
        let help = "if that is as it should be, accept it with `flanc fetch --update`";
        let found: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
        if let Some(name) = locked.keys().find(|name| !found.contains(name.as_str())) {
            let error = ReadError::new(format!("{LOCK} has this file, and it is not there"));
            return Err(error.help(help).in_file(name));
        }
        match files.iter().find(|file| !locked.contains_key(&file.path)) {
            None => Ok(()),
            Some(file) => {
                let error = ReadError::new(format!("this file is not in {LOCK}, and others of its path are"));
                Err(error.help(help).in_file(&file.path))
            }
        }
    }

    /// Holds files of the data directory to the lock, where it knows them.
    pub(super) fn check(&self, path: &LockedPath, files: &[SourceFile]) -> Result<(), ReadError> {
        self.same_names(path, files)?;
        let Some(locked) = self.lock.files(path) else {
            return Ok(());
        };
        let check = |file: &SourceFile| {
            let (Some(locked), Some(local)) = (locked.get(&file.path), file.local()) else {
                return Ok(());
            };
            let digest = self
                .digests
                .of(local)
                .map_err(|error| ReadError::from(error).in_file(&file.path))?;
            let sha256 = hex(&digest.0);
            if locked.sha256 == sha256 {
                return Ok(());
            }
            Err(differs(&file.path, locked, &sha256, digest.1))
        };
        files.par_iter().map(check).find_first(Result::is_err).unwrap_or(Ok(()))
    }

    /// Sees to it that the files of a url are in the cache, and hold what the lock says.
    pub(super) fn ensure(&self, path: &LockedPath, files: &[SourceFile]) -> Result<(), ReadError> {
        let Some(locked) = self.lock.files(path) else {
            return Ok(());
        };
        let wanted: Vec<(&String, &Locked)> = files
            .iter()
            .filter_map(|file| locked.get_key_value(&file.path))
            .collect();
        let done = in_parallel(&wanted, |(name, locked)| {
            if self.holds(locked)? {
                return Ok(());
            }
            let wanted = Wanted {
                name: (*name).clone(),
                revision: locked.revision.clone(),
                unless: None,
            };
            self.fetch(&wanted, Some(&locked.sha256)).map(drop)
        });
        let failed = wanted
            .iter()
            .zip(done)
            .find_map(|((name, _), done)| done.err().map(|error| error.in_file(name)));
        failed.map_or(Ok(()), Err)
    }

    /// Whether the cache has a file. One that was damaged there is taken out.
    pub(super) fn holds(&self, locked: &Locked) -> Result<bool, ReadError> {
        let local = self.cache()?.file(&locked.sha256);
        if !local.is_file() {
            return Ok(false);
        }
        if hex(&self.digests.of(&local)?.0) == locked.sha256 {
            return Ok(true);
        }
        std::fs::remove_file(&local)?;
        Ok(false)
    }

    /// Brings a file into the cache. `expected` is the SHA-256 that it must have.
    pub(super) fn fetch(&self, wanted: &Wanted, expected: Option<&str>) -> Result<Fetched, ReadError> {
        let (cache, remote) = (self.cache()?, self.network()?);
        let mut partial = cache.partial(&wanted.name, wanted.revision.as_deref())?;
        // Another process may have fetched it while this one waited for its turn.
        if let Some(sha256) = expected
            && cache.file(sha256).is_file()
        {
            partial.discard();
            let bytes = cache.file(sha256).metadata()?.len();
            return Ok(Fetched::File(self.locked(wanted, None, sha256, bytes)));
        }
        let silent: Report = Arc::new(|_| {});
        let report = self.report.as_ref().unwrap_or(&silent);
        let mut again = partial.resume().is_some();
        loop {
            let answer = remote.get(wanted, &mut partial, report);
            report(Transfer::Ended { name: &wanted.name });
            let etag = match answer? {
                Answer::Unchanged => {
                    partial.discard();
                    return Ok(Fetched::Unchanged);
                }
                Answer::Whole { etag } => etag,
            };
            let (sha256, bytes) = (hex(&sha256_of(partial.rewound()?)?), partial.bytes());
            if let Some(expected) = expected.filter(|expected| **expected != sha256) {
                // What was begun by another run may have been the beginning of another file.
                if again {
                    again = false;
                    partial.restart(None)?;
                    continue;
                }
                partial.discard();
                let locked = self.locked(wanted, None, expected, bytes);
                return Err(differs(&wanted.name, &locked, &sha256, bytes));
            }
            cache.keep(partial, &sha256)?;
            cache.note_arrival(&wanted.name, wanted.revision.as_deref(), &sha256, etag.as_deref());
            return Ok(Fetched::File(self.locked(wanted, etag, &sha256, bytes)));
        }
    }

    /// A file that arrived in an earlier run and is still here, though no lock knows it.
    pub(super) fn arrived(&self, name: &str, revision: Option<&str>) -> Result<Option<Locked>, ReadError> {
        let cache = self.cache()?;
        let Some((sha256, etag)) = cache.arrived(name, revision) else {
            return Ok(None);
        };
        let Ok(data) = cache.file(&sha256).metadata() else {
            return Ok(None);
        };
        let locked = Locked {
            revision: revision.map(str::to_string),
            etag,
            sha256,
            bytes: data.len(),
            rows: None,
        };
        Ok(self.holds(&locked)?.then_some(locked))
    }

    fn locked(&self, wanted: &Wanted, etag: Option<String>, sha256: &str, bytes: u64) -> Locked {
        Locked {
            revision: wanted.revision.clone(),
            etag,
            sha256: sha256.to_string(),
            bytes,
            rows: None,
        }
    }

    /// Where a fetched file lies.
    pub(super) fn cached(&self, name: &str) -> Result<PathBuf, ReadError> {
        let unknown = || ReadError::new(format!("it is not in {LOCK}")).in_file(name);
        let locked = self.lock.find("", name).ok_or_else(unknown)?;
        Ok(self.cache()?.file(&locked.sha256))
    }

    pub(super) fn digest(&self, local: &Path) -> io::Result<(Digest, u64)> {
        self.digests.of(local)
    }

    /// An archive, opened once.
    pub(super) fn archive(&self, name: &str, local: &Path) -> Result<Arc<Archive>, ReadError> {
        let opened = {
            let mut archives = self.archives.lock().unwrap_or_else(PoisonError::into_inner);
            archives.entry(local.to_path_buf()).or_default().clone()
        };
        let scratch = || -> io::Result<File> { self.cache.as_ref().map_or_else(tempfile::tempfile, Cache::scratch) };
        opened
            .get_or_init(|| Archive::open(name, local, &scratch).map(Arc::new))
            .clone()
    }
}

/// The error of a file that is not as the lock says.
pub(super) fn differs(name: &str, locked: &Locked, sha256: &str, bytes: u64) -> ReadError {
    let short = |digits: &str| digits.get(..16).unwrap_or(digits).to_string();
    let message = format!(
        "this is not the file of {LOCK}: it has {} and sha256 {}.., the lock {}",
        crate::text::count(usize::try_from(bytes).unwrap_or(usize::MAX), "byte"),
        short(sha256),
        short(&locked.sha256),
    );
    let help = "if it was changed on purpose, accept it with `flanc fetch --update`";
    ReadError::new(format!("{message}..")).help(help).in_file(name)
}

/// Does something for every item, a few at once, and returns what came of each in their order.
pub(super) fn in_parallel<T: Sync, R: Send>(items: &[T], act: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::with_capacity(items.len()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(items.len()) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    let Some(item) = items.get(at) else { break };
                    let result = act(item);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}
