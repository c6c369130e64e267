//! Rules about rows, and what templates make of them.

pub mod answer_shows_through;
pub mod article_before_value;
pub mod blank_edges;
pub mod branch_never_taken;
pub mod constant_input;
pub mod constant_target;
pub mod empty_target;
pub mod field_always_null;
pub mod gold_not_offered;
pub mod guard_never_holds;
pub mod label_never_seen;
pub mod long_inputs;
pub mod long_targets;
pub mod marks_collide;
pub mod markup_left;
pub mod mojibake;
pub mod not_a_sentence;
pub mod not_one_sentence;
pub mod odd_characters;
pub mod one_input_two_answers;
pub mod options_repeat;
pub mod position_skewed;
pub mod right_is_longest;
pub mod special_tokens;
pub mod template_fails;
