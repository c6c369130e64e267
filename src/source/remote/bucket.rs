//! Buckets: S3, Google Cloud Storage and Azure, by object_store. Who asks, and whom, is in the environment.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _};
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path;
use object_store::{Error, GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt as _, RetryConfig};

use super::{Answer, Failure, Listed, Remote, Report, Transfer, Wanted};
use crate::source::depot::Partial;
use crate::source::read::Pattern;

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let status = match &error {
            Error::NotFound { .. } => Some(404),
            Error::PermissionDenied { .. } => Some(403),
            Error::Unauthenticated { .. } => Some(401),
            // A listing has no kinds of errors, only their text.
            other => other
                .to_string()
                .split_once("status code: ")
                .and_then(|(_, rest)| rest.get(..3)?.parse().ok()),
        };
        let message = match status {
            Some(401 | 403) => "the server refuses".to_string(),
            Some(404) => "there is no such object".to_string(),
            _ => crate::text::excerpt(&error.to_string(), 300),
        };
        Failure {
            status,
            ..Failure::lasting(message)
        }
    }
}

fn connect(root: &str) -> Result<Arc<dyn ObjectStore>, Error> {
    // Tries in a row that bring nothing, as elsewhere; the store itself knows which of them make sense.
    let retry = RetryConfig {
        max_retries: 4,
        retry_timeout: Duration::from_secs(120),
        ..RetryConfig::default()
    };
    Ok(match root.split("://").next() {
        Some("s3") => Arc::new(AmazonS3Builder::from_env().with_url(root).with_retry(retry).build()?),
        Some("gs") => Arc::new(
            GoogleCloudStorageBuilder::from_env()
                .with_url(root)
                .with_retry(retry)
                .build()?,
        ),
        _ => Arc::new(
            MicrosoftAzureBuilder::from_env()
                .with_url(root)
                .with_retry(retry)
                .build()?,
        ),
    })
}

fn key_of(key: &str) -> Result<Path, Failure> {
    Path::parse(key).map_err(|error| Failure::lasting(error.to_string()))
}

impl Remote {
    fn bucket(&self, root: &str) -> Result<Arc<dyn ObjectStore>, Failure> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = buckets.get(root) {
            return Ok(known.clone());
        }
        let made = connect(root)?;
        buckets.insert(root.to_string(), made.clone());
        Ok(made)
    }

    pub(super) fn bucket_list(&self, root: &str, key: &str) -> Result<Vec<Listed>, Failure> {
        let store = self.bucket(root)?;
        let pattern = Pattern::new(key).map_err(|error| Failure::lasting(error.to_string()))?;
        let base = key_of(&pattern.base)?;
        self.runtime()?.block_on(async {
            let listed = |found: ObjectMeta| Listed {
                name: format!("{root}/{}", found.location),
                revision: None,
                etag: found.e_tag,
                sha256: None,
            };
            if pattern.is_plain() {
                return Ok(vec![listed(store.head(&base).await?)]);
            }
            let below = (!pattern.base.is_empty()).then_some(&base);
            let mut files = Vec::new();
            let mut stream = store.list(below);
            while let Some(found) = stream.try_next().await? {
                if pattern.matches(found.location.as_ref()).is_some() {
                    files.push(listed(found));
                }
            }
            Ok(files)
        })
    }

    /// One attempt at an object.
    pub(super) fn get_object(
        &self,
        root: &str,
        key: &str,
        wanted: &Wanted,
        into: &mut Partial,
        report: &Report,
    ) -> Result<Answer, Failure> {
        let (store, key) = (self.bucket(root)?, key_of(key)?);
        self.runtime()?.block_on(async {
            let mut options = GetOptions::default();
            if let Some((from, tag)) = into.resume() {
                options.range = Some(GetRange::Offset(from));
                options.if_match = Some(tag.to_string());
            } else if let Some(tag) = &wanted.unless {
                options.if_none_match = Some(tag.clone());
            }
            let found = match store.get_opts(&key, options).await {
                Err(Error::NotModified { .. }) => return Ok(Answer::Unchanged),
                Err(error) if into.resume().is_some() => {
                    into.restart(None)?;
                    return Err(Failure {
                        passing: true,
                        ..Failure::from(error)
                    });
                }
                found => found?,
            };
            let (etag, size) = (found.meta.e_tag.clone(), found.meta.size);
            if into.resume().is_none() {
                into.restart(etag.as_deref())?;
            }
            report(Transfer::Began {
                name: &wanted.name,
                here: into.bytes(),
                of: Some(size),
            });
            let mut stream = found.into_stream();
            while let Some(piece) = stream.next().await {
                // A stream that broke off can be taken up again.
                let piece = piece.map_err(|error| Failure::passing(crate::text::excerpt(&error.to_string(), 300)))?;
                into.write(&piece)?;
                report(Transfer::Received {
                    bytes: piece.len() as u64,
                });
            }
            if into.bytes() != size {
                return Err(Failure::passing("the connection ended before the object did"));
            }
            Ok(Answer::Whole { etag })
        })
    }
}
