//! Rules about the templates of a dataset beside each other.

pub mod conflicting_targets;
pub mod duplicate_template;
pub mod field_left_out;
pub mod label_cased_otherwise;
pub mod many_turned;
pub mod near_duplicate;
pub mod not_ten;
pub mod not_turned;
pub mod one_letter_off;
pub mod options_missing;
pub mod same_opening;
pub mod swapped_fields;
