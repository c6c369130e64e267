//! Fetching: every file that some sources name brought to this machine, and what each held written down in a lock.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::depot::{Depot, Fetched, differs, in_parallel};
use super::place::Place;
use super::read::{self, ReadError, parse, whole_files};
use super::remote::{Listed, Wanted};
use crate::catalog::{Catalog, Dataset, Location, Table};
use crate::digest::hex;
use crate::project::{Lock, Locked, LockedPath};
use crate::text;

/// Which files are fetched.
pub struct Fetch<'a> {
    pub datasets: Vec<&'a Dataset>,
    /// The source of each that is fetched, of those that have it.
    pub source: &'a str,
    /// Where the paths of that source begin.
    pub data: &'a Path,
    /// Take files as they are now: newer revisions, changed files.
    pub update: bool,
}

/// What came of it.
pub struct FetchReport {
    /// The lock with all that went well.
    pub lock: Lock,
    /// In the order of their names.
    pub files: Vec<FetchedFile>,
    /// What the data directory lacks.
    pub absent: Vec<String>,
    pub problems: Vec<ReadError>,
}

/// A file of a chosen source.
pub struct FetchedFile {
    pub file: String,
    pub locked: Locked,
    pub state: State,
}

/// Against the lock that was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    New,
    Changed,
    Same,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            State::New => "new",
            State::Changed => "changed",
            State::Same => "same",
        }
    }
}

/// One file, and what is known of it.
struct Job {
    path: LockedPath,
    name: String,
    before: Option<Locked>,
    kind: Kind,
}

enum Kind {
    /// It is in the data directory.
    Local,
    /// It is in the lock, and has to be what that says.
    Locked,
    /// A server has it now.
    Listed(Listed),
}

/// Fetches and locks. `catalog` says which paths are named at all: the lock forgets the others.
pub fn fetch(request: &Fetch<'_>, catalog: &Catalog, depot: Depot) -> FetchReport {
    let mut lock = depot.lock().clone();
    let place = Place::new(request.data.to_path_buf(), request.source, Arc::new(depot));
    let mut report = FetchReport {
        lock: Lock::default(),
        files: Vec::new(),
        absent: Vec::new(),
        problems: Vec::new(),
    };
    let tables = tables(request);
    let mut locations: BTreeMap<LockedPath, Location> = BTreeMap::new();
    for path in tables.iter().flat_map(|(table, _)| &table.paths) {
        match parse(path) {
            Ok(location) => _ = locations.insert(place.locked_path(&location), location),
            Err(error) => report.problems.push(error),
        }
    }
    let mut jobs = Vec::new();
    let planned = in_parallel(&Vec::from_iter(&locations), |(path, location)| {
        plan(path, location, &place, request.update)
    });
    for (planned, (path, _)) in planned.into_iter().zip(&locations) {
        match planned {
            Ok(found) if found.is_empty() => {
                report
                    .absent
                    .push(format!("no file matches `{}` in {}", path.path, request.data.display()))
            }
            Ok(mut found) => jobs.append(&mut found),
            Err(error) => report.problems.push(error),
        }
    }
    let done = in_parallel(&jobs, |job| obtain(job, &place, request.update));
    let mut files: BTreeMap<LockedPath, BTreeMap<String, Locked>> = BTreeMap::new();
    let mut failed: BTreeSet<LockedPath> = BTreeSet::new();
    for (job, done) in jobs.into_iter().zip(done) {
        match done {
            Ok(locked) => _ = files.entry(job.path).or_default().insert(job.name, locked),
            Err(error) => {
                failed.insert(job.path);
                report.problems.push(error.in_file(&job.name));
            }
        }
    }
    // A path of which one file failed stays as it was: half of its files would be read as if they were all.
    for (path, files) in files.into_iter().filter(|(path, _)| !failed.contains(path)) {
        lock.put(path, files);
    }
    count(&tables, &locations, &place, &mut lock, &mut report);
    lock.keep(&named(catalog));
    let before = place.lock();
    for path in locations.keys().filter(|path| !failed.contains(path)) {
        for (name, locked) in lock.files(path).into_iter().flatten() {
            let state = match before.files(path).and_then(|files| files.get(name)) {
                None => State::New,
                Some(before) if before.sha256 == locked.sha256 => State::Same,
                Some(_) => State::Changed,
            };
            report.files.push(FetchedFile {
                file: name.clone(),
                locked: locked.clone(),
                state,
            });
        }
    }
    report.files.sort_by(|a, b| a.file.cmp(&b.file));
    report.files.dedup_by(|a, b| a.file == b.file);
    report.lock = lock;
    report
}

/// The tables of the chosen sources.
fn tables<'a>(request: &Fetch<'a>) -> Vec<(&'a Table, bool)> {
    let mut tables = Vec::new();
    for dataset in &request.datasets {
        let splits = dataset.sources.get(request.source).map(|source| source.splits.values());
        let found = splits.into_iter().flatten().flat_map(|split| &split.tables);
        tables.extend(found.map(|table| (table, dataset.quarantine.is_some())));
    }
    tables
}

/// Every path that a source of the project names, as the lock calls it.
fn named(catalog: &Catalog) -> BTreeSet<LockedPath> {
    let sources = catalog.datasets.values().flat_map(|dataset| dataset.sources.values());
    let mut named = BTreeSet::new();
    for source in sources {
        let place = Place::new(Default::default(), &source.name, Arc::default());
        let paths = source
            .splits
            .values()
            .flat_map(|split| &split.tables)
            .flat_map(|table| &table.paths);
        named.extend(paths.filter_map(|path| Some(place.locked_path(&parse(path).ok()?))));
    }
    named
}

/// The files of one path, and what has to be done for each.
fn plan(path: &LockedPath, location: &Location, place: &Place, update: bool) -> Result<Vec<Job>, ReadError> {
    let known = place.lock().files(path);
    let job = |name: &str, kind: Kind| Job {
        path: path.clone(),
        name: name.to_string(),
        before: known.and_then(|files| files.get(name)).cloned(),
        kind,
    };
    match known {
        _ if !location.is_remote() => {
            let files = whole_files(location, place)?;
            // Absence is said of the whole path.
            if !update && !files.is_empty() {
                place.same_names(location, &files)?;
            }
            let local = files.into_iter().map(|file| job(&file.path, Kind::Local));
            Ok(local.collect())
        }
        Some(known) if !update => Ok(known.keys().map(|name| job(name, Kind::Locked)).collect()),
        _ => {
            let listed = place.list(location).map_err(|error| error.in_file(&location.file))?;
            Ok(listed
                .into_iter()
                .map(|file| job(&file.name.clone(), Kind::Listed(file)))
                .collect())
        }
    }
}

/// Brings one file here, and says what it holds.
fn obtain(job: &Job, place: &Place, update: bool) -> Result<Locked, ReadError> {
    let before = job.before.as_ref();
    match &job.kind {
        Kind::Local => {
            let (digest, bytes) = place.digest(&job.name)?;
            let sha256 = hex(&digest);
            match before {
                Some(before) if before.sha256 == sha256 => Ok(before.clone()),
                Some(before) if !update => Err(differs(&job.name, before, &sha256, bytes)),
                _ => Ok(Locked {
                    revision: None,
                    etag: None,
                    sha256,
                    bytes,
                    rows: None,
                }),
            }
        }
        Kind::Locked => {
            let Some(before) = before else {
                return Err(ReadError::new("the lock does not know this file"));
            };
            if !place.depot().holds(before)? {
                let wanted = Wanted {
                    name: job.name.clone(),
                    revision: before.revision.clone(),
                    unless: None,
                };
                place.depot().fetch(&wanted, Some(&before.sha256))?;
            }
            Ok(before.clone())
        }
        Kind::Listed(listed) => obtain_listed(listed, before, place.depot()),
    }
}

fn obtain_listed(listed: &Listed, before: Option<&Locked>, depot: &Depot) -> Result<Locked, ReadError> {
    let here = match before {
        Some(before) => depot.holds(before)?.then(|| before.clone()),
        None => depot.arrived(&listed.name, listed.revision.as_deref())?,
    };
    let here = here.as_ref();
    let as_listed = |here: &Locked| Locked {
        revision: listed.revision.clone(),
        ..here.clone()
    };
    if let Some(here) = here {
        let same = |now: &Option<String>, then: Option<&String>| now.is_some() && now.as_ref() == then;
        if same(&listed.sha256, Some(&here.sha256))
            || same(&listed.etag, here.etag.as_ref())
            || same(&listed.revision, here.revision.as_ref())
        {
            return Ok(as_listed(here));
        }
    }
    let wanted = Wanted {
        name: listed.name.clone(),
        revision: listed.revision.clone(),
        unless: here.and_then(|here| here.etag.clone()),
    };
    match (depot.fetch(&wanted, None)?, here) {
        (Fetched::Unchanged, Some(here)) => Ok(as_listed(here)),
        (Fetched::Unchanged, None) => Err(ReadError::new(
            "the server says that it has not changed, and it is not here",
        )),
        (Fetched::File(locked), _) => match &listed.sha256 {
            Some(sha256) if *sha256 != locked.sha256 => {
                Err(ReadError::new("what arrived is not what the server lists")
                    .help("its sha256 is another; try again, or tell the owner of the dataset"))
            }
            _ => Ok(Locked {
                rows: here
                    .filter(|here| here.sha256 == locked.sha256)
                    .and_then(|here| here.rows),
                ..locked
            }),
        },
    }
}

/// Counts the records of the files whose count is not known.
fn count(
    tables: &[(&Table, bool)],
    locations: &BTreeMap<LockedPath, Location>,
    place: &Place,
    lock: &mut Lock,
    report: &mut FetchReport,
) {
    let place = place.under(lock.clone());
    let uncounted = |path: &String| {
        let key = parse(path).map(|location| place.locked_path(&location));
        key.is_ok_and(|key| {
            locations.contains_key(&key)
                && lock
                    .files(&key)
                    .is_some_and(|files| files.values().any(|file| file.rows.is_none()))
        })
    };
    let complete = |(table, _): &&(&Table, bool)| {
        let locked = |path: &String| parse(path).is_ok_and(|l| lock.files(&place.locked_path(&l)).is_some());
        table.paths.iter().all(locked) && table.paths.iter().any(uncounted)
    };
    let chosen: Vec<&(&Table, bool)> = tables.iter().filter(complete).collect();
    let counted = in_parallel(&chosen, |(table, passing)| read::count(table, &place, *passing));
    let mut rows: BTreeMap<String, u64> = BTreeMap::new();
    for counted in counted {
        match counted {
            // Two tables may see more or fewer records in one file.
            Ok(counts) => counts.into_iter().for_each(|(file, count)| {
                let most = rows.entry(file).or_default();
                *most = count.max(*most);
            }),
            Err(error) => report.problems.push(error),
        }
    }
    for (file, rows) in rows {
        lock.count(place.source(), &file, rows);
    }
}

impl FetchReport {
    /// `3 files, 1,200 bytes, 30 rows: 1 new, 2 the same`, and what the lock holds of others.
    pub fn summary(&self) -> String {
        let bytes: u64 = self.files.iter().map(|file| file.locked.bytes).sum();
        let rows: u64 = self.files.iter().filter_map(|file| file.locked.rows).sum();
        let of = |state: State| self.files.iter().filter(|file| file.state == state).count();
        let others = self.lock.iter().map(|(_, files)| files.len()).sum::<usize>();
        let others = match others.saturating_sub(self.files.len()) {
            0 => String::new(),
            1 => "; 1 other file kept as it was".to_string(),
            others => format!("; {} kept as they were", text::count(others, "other file")),
        };
        format!(
            "{}, {} bytes, {} rows: {} new, {} changed, {} the same{others}",
            text::count(self.files.len(), "file"),
            text::thousands(bytes),
            text::thousands(rows),
            text::thousands(of(State::New) as u64),
            text::thousands(of(State::Changed) as u64),
            text::thousands(of(State::Same) as u64),
        )
    }
}
