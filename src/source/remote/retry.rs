//! What went wrong with a server, whether to try again, and what to say to a person.

use std::time::Duration;

use crate::catalog::{At, Location};
use crate::source::depot::Partial;
use crate::source::read::ReadError;

/// Tries in a row that bring nothing.
const TRIES: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// An attempt that brought as much as this was worth it.
const PROGRESS: u64 = 1 << 20;

/// Why a server did not do what it was asked.
#[derive(Debug)]
pub(in crate::source) struct Failure {
    pub message: String,
    pub status: Option<u16>,
    /// Whether trying again could help.
    pub passing: bool,
    /// When the server wants to be asked again.
    pub after: Option<Duration>,
    pub(super) tries: u32,
}

impl Failure {
    pub fn lasting(message: impl Into<String>) -> Failure {
        Failure {
            message: message.into(),
            status: None,
            passing: false,
            after: None,
            tries: 1,
        }
    }

    pub fn passing(message: impl Into<String>) -> Failure {
        Failure {
            passing: true,
            ..Failure::lasting(message)
        }
    }

    /// For a person: the url, what happened, and the way out.
    pub fn explain(self, location: &Location) -> ReadError {
        let tries = if self.tries > 1 {
            format!(", {} times", self.tries)
        } else {
            String::new()
        };
        let error = ReadError::new(format!("it cannot be fetched: {}{tries}", self.message)).in_file(&location.file);
        let help = match (&location.at, self.status) {
            (At::Hub { repository, .. }, Some(401 | 403)) => {
                format!("set HF_TOKEN to a token that may read {repository}, once its terms are accepted")
            }
            (At::Hub { .. }, Some(404)) => {
                "check the name, the revision and the path; a private dataset needs HF_TOKEN".to_string()
            }
            (At::Bucket { root, .. }, None | Some(401 | 403)) => environment(root).to_string(),
            (_, Some(401 | 403)) => {
                "fetch it by hand into the data directory, and write its path there instead of the url".to_string()
            }
            (_, Some(404 | 410)) => "check the url".to_string(),
            _ => "try again later; what has arrived is kept".to_string(),
        };
        error.help(help)
    }
}

/// What a bucket is asked with.
fn environment(root: &str) -> &'static str {
    match root.split("://").next() {
        Some("s3") => {
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY say who asks, AWS_REGION and AWS_ENDPOINT_URL where; a public bucket \
             needs AWS_SKIP_SIGNATURE=true"
        }
        Some("gs") => {
            "GOOGLE_SERVICE_ACCOUNT names the file that says who asks; a public bucket needs GOOGLE_SKIP_SIGNATURE=true"
        }
        _ => {
            "AZURE_STORAGE_ACCOUNT_NAME says where, AZURE_STORAGE_ACCOUNT_KEY who asks; a public container needs \
             AZURE_SKIP_SIGNATURE=true"
        }
    }
}

/// Tries until it is done or trying again makes no sense.
pub(super) fn until_done<T>(mut attempt: impl FnMut() -> Result<T, Failure>) -> Result<T, Failure> {
    let mut tries = 0;
    loop {
        match attempt() {
            Err(failure) => tries = again(failure, tries)?,
            done => return done,
        }
    }
}

/// The same for a file that is on its way: an attempt that brought much of it is none in vain.
pub(super) fn while_it_helps<T>(
    into: &mut Partial,
    mut attempt: impl FnMut(&mut Partial) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut tries = 0;
    loop {
        let before = into.bytes();
        match attempt(into) {
            Err(failure) => {
                if into.bytes() > before.saturating_add(PROGRESS) {
                    tries = 0;
                }
                tries = again(failure, tries)?;
            }
            done => return done,
        }
    }
}

/// Waits, and returns how many tries there have been; the failure where it is to stay.
fn again(failure: Failure, tries: u32) -> Result<u32, Failure> {
    let tries = tries + 1;
    if !failure.passing || tries >= TRIES {
        return Err(Failure { tries, ..failure });
    }
    let wait = failure.after.unwrap_or(FIRST_WAIT * 2u32.saturating_pow(tries - 1));
    std::thread::sleep(wait.min(LONGEST_WAIT));
    Ok(tries)
}
