//! Rules about datasets beside each other, and what a mixture makes of them.

pub mod contamination;
pub mod family_straddles;
pub mod in_no_mixture;
pub mod license_conflict;
pub mod many_passes;
pub mod no_license;
pub mod prompt_in_two_sets;
pub mod rows_in_two_datasets;
pub mod short_of_share;
pub mod trains_on_nothing;
pub mod weight_on_nothing;
