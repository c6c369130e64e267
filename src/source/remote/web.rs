//! Files by http: the web, and what the Hub leads to.

use std::time::Duration;

use reqwest::header::{
    AUTHORIZATION, CONTENT_RANGE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, IF_RANGE, RANGE, RETRY_AFTER,
};
use reqwest::{Client, Response, StatusCode, Url};

use super::{Answer, Failure, Remote, Report, Transfer, Wanted};
use crate::source::depot::Partial;

/// The most that an answer other than a file may hold.
const LISTING: usize = 256 << 20;

/// Parses a url that has been taken apart before.
pub(super) fn url(text: &str) -> Result<Url, Failure> {
    Url::parse(text).map_err(|error| Failure::lasting(format!("this is no url: {error}")))
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Failure {
        let lasting = error.is_builder() || error.is_redirect();
        // The url is named already, and may hold what signs it.
        let error = error.without_url();
        let mut message = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(inner) = source {
            message = format!("{message}: {inner}");
            source = inner.source();
        }
        Failure {
            passing: !lasting,
            ..Failure::lasting(message)
        }
    }
}

impl Remote {
    /// One client for all: it follows redirects, and takes the token off where they lead to another host.
    fn client(&self) -> Result<&Client, Failure> {
        let made = self.client.get_or_init(|| {
            Client::builder()
                .user_agent(concat!("flanc/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(Duration::from_secs(20))
                .read_timeout(Duration::from_secs(60))
                .build()
                .map_err(|error| error.to_string())
        });
        made.as_ref().map_err(|error| Failure::lasting(error.clone()))
    }

    /// Asks, and returns the answer where it is none of refusal.
    async fn ask(&self, url: Url, token: Option<String>, headers: HeaderMap) -> Result<Response, Failure> {
        let mut request = self.client()?.get(url).headers(headers);
        if let Some(token) = token {
            let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
                .map_err(|_| Failure::lasting("HF_TOKEN is no token"))?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let response = request.send().await?;
        let status = response.status();
        if status.is_success() || matches!(status, StatusCode::NOT_MODIFIED | StatusCode::RANGE_NOT_SATISFIABLE) {
            return Ok(response);
        }
        let seconds = text(response.headers(), RETRY_AFTER).and_then(|seconds| seconds.parse().ok());
        Err(Failure {
            status: Some(status.as_u16()),
            passing: status.is_server_error()
                || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT),
            after: seconds.map(Duration::from_secs),
            ..Failure::lasting(format!("the server says {status}"))
        })
    }

    /// The whole body of an answer, for a listing.
    pub(super) fn body(&self, url: Url, token: Option<String>) -> Result<Vec<u8>, Failure> {
        self.runtime()?.block_on(async {
            let mut response = self.ask(url, token, HeaderMap::new()).await?;
            let mut body = Vec::new();
            while let Some(piece) = response.chunk().await? {
                body.extend_from_slice(&piece);
                if body.len() > LISTING {
                    return Err(Failure::lasting("the listing is larger than any should be"));
                }
            }
            Ok(body)
        })
    }

    /// One attempt at a file.
    pub(super) fn get_url(
        &self,
        url: Url,
        token: Option<String>,
        wanted: &Wanted,
        into: &mut Partial,
        report: &Report,
    ) -> Result<Answer, Failure> {
        self.runtime()?.block_on(async {
            let mut headers = HeaderMap::new();
            let mut add = |name: HeaderName, value: &str| {
                if let Ok(value) = HeaderValue::from_str(value) {
                    headers.insert(name, value);
                }
            };
            if let Some((from, tag)) = into.resume() {
                add(RANGE, &format!("bytes={from}-"));
                add(IF_RANGE, tag);
            } else if let Some(tag) = &wanted.unless {
                add(IF_NONE_MATCH, tag);
            }
            let mut response = self.ask(url, token, headers).await?;
            let etag = text(response.headers(), ETAG);
            match response.status() {
                StatusCode::NOT_MODIFIED => return Ok(Answer::Unchanged),
                StatusCode::RANGE_NOT_SATISFIABLE => {
                    into.restart(None)?;
                    return Err(Failure::passing("the server has less of it than is here"));
                }
                StatusCode::PARTIAL_CONTENT => {
                    let range = text(response.headers(), CONTENT_RANGE);
                    let goes_on = range.is_some_and(|range| range.starts_with(&format!("bytes {}-", into.bytes())));
                    if into.resume().is_none() || !goes_on {
                        into.restart(None)?;
                        return Err(Failure::passing("the server sends a part that was not asked for"));
                    }
                }
                _ => into.restart(etag.as_deref())?,
            }
            let here = into.bytes();
            let whole = response.content_length().map(|rest| here + rest);
            report(Transfer::Began {
                name: &wanted.name,
                here,
                of: whole,
            });
            while let Some(piece) = response.chunk().await? {
                into.write(&piece)?;
                report(Transfer::Received {
                    bytes: piece.len() as u64,
                });
            }
            if whole.is_some_and(|whole| whole != into.bytes()) {
                return Err(Failure::passing("the connection ended before the file did"));
            }
            Ok(Answer::Whole { etag })
        })
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_string())
}
