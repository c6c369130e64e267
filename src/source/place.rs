//! Where the files of a source are: the data directory for paths, the depot for urls, and the lock over both.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::depot::Depot;
use super::read::{Archive, ReadError, SourceFile};
use super::remote::Listed;
use crate::catalog::{At, Location};
use crate::digest::Digest;
use crate::project::{Lock, LockedPath};

/// A data directory, the name of the source whose paths begin there, and the depot of what was fetched.
#[derive(Clone, Debug)]
pub struct Place {
    pub data: PathBuf,
    source: String,
    depot: Arc<Depot>,
}

/// A directory without a project around it: nothing is locked, and nothing can be fetched.
impl<P: AsRef<Path>> From<P> for Place {
    fn from(data: P) -> Self {
        Self::new(data.as_ref().to_path_buf(), "", Arc::default())
    }
}

impl From<&Place> for Place {
    fn from(place: &Place) -> Self {
        place.clone()
    }
}

impl Place {
    pub fn new(data: PathBuf, source: &str, depot: Arc<Depot>) -> Self {
        Self {
            data,
            source: source.to_string(),
            depot,
        }
    }

    /// The same place under another lock.
    pub(super) fn under(&self, lock: Lock) -> Place {
        Place {
            depot: Arc::new(self.depot.under(lock)),
            ..self.clone()
        }
    }

    pub(super) fn depot(&self) -> &Depot {
        &self.depot
    }

    pub(super) fn source(&self) -> &str {
        &self.source
    }

    pub(super) fn lock(&self) -> &Lock {
        self.depot.lock()
    }

    /// What a server has at a url now.
    pub(super) fn list(&self, location: &Location) -> Result<Vec<Listed>, ReadError> {
        self.depot.network()?.list(location)
    }

    /// Holds the names of files below the data directory to the lock, where it knows their path.
    pub(super) fn same_names(&self, location: &Location, files: &[SourceFile]) -> Result<(), ReadError> {
        self.depot.same_names(&self.locked_path(location), files)
    }

    /// What the lock calls the files of a location.
    pub(super) fn locked_path(&self, location: &Location) -> LockedPath {
        LockedPath {
            source: (!location.is_remote()).then(|| self.source.clone()),
            path: location.file.clone(),
        }
    }

    /// The files that the lock has for a url.
    pub(super) fn remote(&self, location: &Location) -> Result<Vec<SourceFile>, ReadError> {
        self.depot.remote(&self.locked_path(location))
    }

    /// Why a url cannot be had; `None` where it can.
    pub(super) fn absence(&self, location: &Location) -> Option<String> {
        self.depot.absence(&self.locked_path(location), &self.source)
    }

    /// Sees to it that files of a location are on this machine, and that they hold what the lock says.
    pub(super) fn admit(&self, location: &Location, files: &[SourceFile]) -> Result<(), ReadError> {
        let path = self.locked_path(location);
        match location.at {
            At::Data => self.depot.check(&path, files),
            _ => self.depot.ensure(&path, files),
        }
    }

    /// The archive that lies at `local` and is called `name`, its directory read.
    pub(super) fn archive(&self, name: &str, local: &Path) -> Result<Arc<Archive>, ReadError> {
        self.depot.archive(name, local)
    }

    /// The SHA-256 of a file on disk by its name, and its size.
    pub fn digest(&self, name: &str) -> Result<(Digest, u64), ReadError> {
        let location = super::read::parse(name)?;
        let local = if location.is_remote() {
            self.depot.cached(name)?
        } else {
            self.data.join(name)
        };
        self.depot
            .digest(&local)
            .map_err(|error| ReadError::from(error).in_file(name))
    }
}
