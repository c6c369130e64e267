//! The Hub: which files a dataset has at a revision, and where they are. Its protocol is two requests; HF_ENDPOINT names
//! another server that speaks it, and HF_TOKEN is who asks.

use reqwest::Url;
use serde::Deserialize;

use super::{Failure, Listed, Remote, variable, web};
use crate::catalog::Location;
use crate::source::read::Pattern;

const ENDPOINT: &str = "https://huggingface.co";

/// What the Hub says of a dataset at a revision.
#[derive(Deserialize)]
struct Dataset {
    /// The commit.
    sha: String,
    #[serde(default)]
    siblings: Vec<Sibling>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
    /// For files that are kept apart from the repository.
    lfs: Option<Large>,
}

#[derive(Deserialize)]
struct Large {
    sha256: Option<String>,
}

pub(super) fn token() -> Option<String> {
    variable("HF_TOKEN")
}

/// A url of the Hub, of pieces each of which may hold any character.
fn hub_url<'a>(pieces: impl IntoIterator<Item = &'a str>) -> Result<Url, Failure> {
    let endpoint = variable("HF_ENDPOINT").unwrap_or_else(|| ENDPOINT.to_string());
    let mut url = web::url(endpoint.trim_end_matches('/'))
        .map_err(|failure| Failure::lasting(format!("HF_ENDPOINT: {}", failure.message)))?;
    url.path_segments_mut()
        .map_err(|()| Failure::lasting("HF_ENDPOINT is no address of a server"))?
        .pop_if_empty()
        .extend(pieces);
    Ok(url)
}

/// Where a file of a dataset is.
pub(super) fn file_url(repository: &str, revision: &str, path: &str) -> Result<Url, Failure> {
    let pieces = ["datasets"].into_iter().chain(repository.split('/'));
    hub_url(pieces.chain(["resolve", revision]).chain(path.split('/')))
}

impl Remote {
    pub(super) fn hub_list(
        &self,
        location: &Location,
        repository: &str,
        revision: &str,
        path: &str,
    ) -> Result<Vec<Listed>, Failure> {
        let pattern = Pattern::new(path).map_err(|error| Failure::lasting(error.to_string()))?;
        let pieces = ["api", "datasets"].into_iter().chain(repository.split('/'));
        let mut url = hub_url(pieces.chain(["revision", revision]))?;
        url.set_query(Some("blobs=true"));
        let body = self.body(url, token())?;
        let dataset: Dataset = serde_json::from_slice(&body)
            .map_err(|error| Failure::lasting(format!("the listing is not that of a dataset: {error}")))?;
        if dataset.sha.is_empty() || !dataset.sha.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Failure::lasting("the listing names no commit"));
        }
        let root = location.file.strip_suffix(path).unwrap_or(&location.file);
        let matching = dataset
            .siblings
            .into_iter()
            .filter(|file| pattern.matches(&file.rfilename).is_some());
        Ok(matching
            .map(|file| Listed {
                name: format!("{root}{}", file.rfilename),
                revision: Some(dataset.sha.clone()),
                etag: None,
                sha256: file.lfs.and_then(|large| large.sha256),
            })
            .collect())
    }
}
