//! Rows that must stay together: those of one group, those of one content, and so on along the chain.

use std::collections::HashMap;

use crate::digest::Digest;
use crate::source::Rows;

/// For each row the digest of its component: the smallest group digest of all rows that it is tied to, by a shared
/// group or a shared content.
pub fn components(rows: &Rows) -> Vec<Digest> {
    let mut parent: Vec<u32> = (0..rows.len() as u32).collect();
    // Looked up and never iterated, so its order is in nothing that is written.
    let mut first: HashMap<Digest, u32> = HashMap::with_capacity(rows.len());
    for at in 0..rows.len() {
        for key in [rows.group(at), rows.content(at)] {
            let other = *first.entry(*key).or_insert(at as u32);
            join(&mut parent, at as u32, other);
        }
    }
    let mut least: Vec<Digest> = (0..rows.len()).map(|at| *rows.group(at)).collect();
    for at in 0..parent.len() {
        let root = find(&mut parent, at as u32) as usize;
        if rows.group(at) < &least[root] {
            least[root] = *rows.group(at);
        }
    }
    (0..parent.len())
        .map(|at| least[find(&mut parent, at as u32) as usize])
        .collect()
}

fn find(parent: &mut [u32], mut at: u32) -> u32 {
    while parent[at as usize] != at {
        parent[at as usize] = parent[parent[at as usize] as usize];
        at = parent[at as usize];
    }
    at
}

fn join(parent: &mut [u32], a: u32, b: u32) {
    let (a, b) = (find(parent, a), find(parent, b));
    // The smaller index becomes the root; the digest of a component does not depend on it.
    let (low, high) = (a.min(b), a.max(b));
    parent[high as usize] = low;
}
