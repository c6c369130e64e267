//! What became of every row: in the output, or left out under a named reason.

use std::collections::BTreeMap;

/// The reasons a row that was read, labelled and not dropped by name can be left out for, and the two ways in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// An example of the training split, or of the test or exemplar split.
    Used,
    /// Set aside: an example of the validation split.
    Reserved,
    /// It says, or belongs to a group with, what stands on the other side.
    Copy,
    /// A train row of a dataset that is held out.
    HeldOut,
    /// A row of a split of which only a part is set aside.
    OutsideSlice,
    OverCap,
    NotDrawn,
    NoTemplateUsable,
    RenderFailure,
    EmptyTarget,
    /// More tokens than a row of a build may have.
    TooLong,
}

impl Fate {
    pub fn reason(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Reserved => "reserved",
            Self::Copy => "copy",
            Self::HeldOut => "held out",
            Self::OutsideSlice => "outside the slice",
            Self::OverCap => "over the cap",
            Self::NotDrawn => "not drawn",
            Self::NoTemplateUsable => "no template usable",
            Self::RenderFailure => "render failure",
            Self::EmptyTarget => "empty target",
            Self::TooLong => "too long",
        }
    }
}

/// The fate of each row of a pool.
#[derive(Clone, Debug, Default)]
pub struct Fates(pub Vec<Fate>);

impl Fates {
    /// How many rows met each fate.
    pub fn counts(&self) -> BTreeMap<Fate, u64> {
        let mut counts = BTreeMap::new();
        for fate in &self.0 {
            *counts.entry(*fate).or_default() += 1;
        }
        counts
    }
}
