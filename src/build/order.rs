//! The order of a mixture whose shards do not stand in it: written anew, or that of the build before where every example
//! has the place it had.

use std::fs::File;
use std::path::Path;

use rayon::prelude::*;

use super::request::{Request, ShardBy};
use super::reuse::cache::{self, FileState, Held, Kept};
use super::reuse::share;
use super::tasks::Done;
use crate::digest::{Hasher, hex, sha256_of};
use crate::shard::{self, Directory, WRITER};

/// Puts the order of the mixture into its directory where its shards do not tell it; the SHA-256 of the file.
pub(super) fn order(done: &[Done], directory: &Directory, request: &Request) -> anyhow::Result<Option<String>> {
    if request.shard_by == ShardBy::Mixture {
        return Ok(None);
    }
    let train: Vec<&Done> = done.iter().filter(|done| done.facts.split == "train").collect();
    let path = directory.path(shard::ORDER);
    let kept = request.cache.as_deref().map(|cache| slot(cache, request));
    let kept = kept.map(|slot| (slot, key(&train)));
    if let Some((slot, key)) = &kept
        && let Some(sha256) = take_over(slot, key, &path)
    {
        slot.settle(key);
        return Ok(Some(sha256));
    }
    let mut places: Vec<(u64, u32, u32)> = train
        .iter()
        .enumerate()
        .flat_map(|(shard, done)| {
            let places = done.places.iter().enumerate();
            places.map(move |(row, place)| (*place, shard as u32, row as u32))
        })
        .collect();
    places.par_sort_unstable();
    shard::write_order(&path, places.into_iter().map(|(_, shard, row)| (shard, row)))?;
    let sha256 = hex(&sha256_of(File::open(&path)?)?);
    if let Some((slot, key)) = &kept {
        // A cache that cannot be written costs time, and nothing else.
        if save(slot, key, &path, &sha256).is_ok() {
            slot.settle(key);
        }
    }
    Ok(Some(sha256))
}

fn slot(cache: &Path, request: &Request) -> Kept {
    let slot = format!(
        "{} {} {:?} {:?} {:?}",
        request.mixture,
        request.source,
        request.storage(),
        request.seed,
        request.sample
    );
    Kept::new(cache, "order", &slot)
}

/// A digest of where every example of every shard stands.
fn key(train: &[&Done]) -> String {
    let mut key = Hasher::new("order");
    key.part(WRITER.as_bytes());
    for done in train {
        let places: Vec<u8> = done.places.iter().flat_map(|place| place.to_le_bytes()).collect();
        key.part(&places);
    }
    hex(&key.finish())
}

fn take_over(slot: &Kept, key: &str, to: &Path) -> Option<String> {
    let path = slot.path(key);
    let data = |_: &String| path.with_extension("parquet");
    let (sha256, data) = cache::held(&path, data, |sha256| sha256, Held::ToState)?;
    share(&data, to).ok().map(|()| sha256)
}

fn save(slot: &Kept, key: &str, order: &Path, sha256: &String) -> std::io::Result<()> {
    let path = slot.path(key);
    let there = path.with_extension("parquet");
    std::fs::create_dir_all(there.parent().unwrap_or(Path::new(".")))?;
    share(order, &there)?;
    // Last, since a file without it is none.
    cache::write_note(&path, FileState::of(&there)?, sha256)
}
