//! Examples to rows of tokens: their limits, what is masked, and how rows are filled.

use std::collections::BTreeSet;

use flanc::token::{Dropped, Frame, Join, Packer, Row, Settings, Sides, Texts, Tokenizer, TooLong, fit};
use proptest::prelude::*;

use crate::tokenizers::{bytes, kinds};

/// Any characters at all.
fn text(length: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    prop::collection::vec(any::<char>(), length).prop_map(String::from_iter)
}

proptest! {
    #[test]
    fn every_example_is_in_one_row_and_rows_are_full(lengths in prop::collection::vec(1..=100_usize, 0..400)) {
        let rows = fit(&lengths, 100);
        let mut all: Vec<usize> = rows.iter().flatten().copied().collect();
        all.sort_unstable();
        prop_assert!(all.into_iter().eq(0..lengths.len()));
        let sizes = rows.iter().map(|row| row.iter().map(|at| lengths[*at]).sum::<usize>());
        for size in sizes {
            prop_assert!(size <= 100);
        }
        prop_assert!(rows.iter().all(|row| row.is_sorted()));
        prop_assert!(rows.is_sorted_by_key(|row| row[0]));
        // Best fit decreasing needs at most 11/9 of the least number of rows, and four more.
        let least = lengths.iter().sum::<usize>().div_ceil(100);
        let halves = lengths.iter().filter(|length| **length > 50).count();
        prop_assert!(rows.len() * 9 <= least.max(halves) * 11 + 36 || rows.len() <= least.max(halves) * 3 / 2 + 1);
        prop_assert_eq!(rows, fit(&lengths, 100));
    }

    #[test]
    fn rows_do_not_hang_on_how_many_examples_come_at_once_nor_on_threads(
        texts in prop::collection::vec((text(0..60), text(1..20)), 1..120),
        at_once in 1..50_usize,
    ) {
        let tokenizer = bytes();
        let settings = Settings { seq_len: 160, max_inputs: 100, max_targets: 40, ..Settings::default() };
        let all = packed(&tokenizer, settings, &texts, texts.len(), 3);
        prop_assert_eq!(&all, &packed(&tokenizer, settings, &texts, at_once, 1));
        // Each example that a row may hold is in one, whole, and says what it said.
        let mut seen = BTreeSet::new();
        for row in &all.0 {
            let mut start = 0;
            for (at, (length, prompt)) in row.examples.iter().zip(row.sizes()) {
                prop_assert!(seen.insert(*at));
                let ids = &row.input_ids[start..start + length];
                let (inputs, targets) = &texts[*at];
                let cut = |text: &str, most: usize| String::from_utf8_lossy(&text.as_bytes()[..text.len().min(most)]).into_owned();
                prop_assert_eq!(tokenizer.decode(&ids[1..prompt - 1]), cut(inputs, 100));
                prop_assert_eq!(tokenizer.decode(&ids[prompt..length - 1]), cut(targets, 40));
                start += length;
            }
        }
        prop_assert_eq!(seen.len(), texts.len());
        let tokens: usize = all.0.iter().map(Row::len).sum();
        prop_assert_eq!(tokens, all.1);
    }
}

/// The rows of some texts, and the tokens that were counted.
fn packed(
    tokenizer: &Tokenizer,
    settings: Settings,
    texts: &[(String, String)],
    at_once: usize,
    threads: usize,
) -> (Vec<Row>, usize) {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("threads");
    pool.install(|| {
        let frame = Frame::new(tokenizer, settings).expect("settings that fit");
        let mut packer = Packer::new(&frame);
        let (mut rows, mut tokens) = (Vec::new(), 0);
        for some in texts.chunks(at_once) {
            let some: Vec<Texts<'_>> = some
                .iter()
                .map(|(inputs, targets)| Texts {
                    system: None,
                    inputs,
                    targets,
                })
                .collect();
            tokens += packer
                .push(&some)
                .expect("tokens")
                .iter()
                .map(|of| of.tokens as usize)
                .sum::<usize>();
            rows.extend(packer.ready());
        }
        rows.extend(packer.rest().expect("rows"));
        (rows, tokens)
    })
}

pub fn texts_of<'t>(inputs: &'t str, targets: &'t str) -> Texts<'t> {
    Texts {
        system: None,
        inputs,
        targets,
    }
}

#[test]
fn limits_take_what_they_say_and_count_it() {
    let tokenizer = bytes();
    let settings = |too_long| Settings {
        seq_len: 32,
        max_inputs: 6,
        max_targets: 4,
        too_long,
        ..Settings::default()
    };
    let said = |too_long, texts| {
        let frame = Frame::new(&tokenizer, settings(too_long)).expect("settings that fit");
        frame.example(texts).expect("an example").map(|example| {
            let text = |ids: &[u32]| tokenizer.decode_marked(ids);
            (
                text(&example.ids[..example.prompt]),
                text(&example.ids[example.prompt..]),
                example.lost,
            )
        })
    };
    let text = |a: &str, b: &str, lost| Ok((a.to_string(), b.to_string(), lost));
    assert_eq!(
        said(TooLong::Trim, texts_of("abcdef", "wxyz")),
        text("<s>abcdef\n", "wxyz</s>", (0, 0))
    );
    assert_eq!(
        said(TooLong::Trim, texts_of("abcdefgh", "vwxyz")),
        text("<s>abcdef\n", "vwxy</s>", (2, 1))
    );
    assert_eq!(
        said(TooLong::TrimStart, texts_of("abcdefgh", "vwxyz")),
        text("<s>cdefgh\n", "vwxy</s>", (2, 1))
    );
    assert_eq!(said(TooLong::Drop, texts_of("abcdefgh", "wxyz")), Err(Dropped::TooLong));
    assert_eq!(said(TooLong::Drop, texts_of("abc", "vwxyz")), Err(Dropped::TooLong));
    assert_eq!(said(TooLong::Trim, texts_of("abc", "")), Err(Dropped::NoTarget));
    let with = Texts {
        system: Some("S"),
        inputs: "abc",
        targets: "t",
    };
    assert_eq!(said(TooLong::Trim, with), text("<s>S\nabc\n", "t</s>", (0, 0)));
}

#[test]
fn settings_that_do_not_fit_are_refused() {
    let tokenizer = bytes();
    let refused = |settings: Settings| format!("{:#}", Frame::new(&tokenizer, settings).err().expect("a refusal"));
    let rest = Settings::default();
    let small = refused(Settings { seq_len: 512, ..rest });
    assert!(
        small.contains("do not fit a row of 512") && small.contains("--max-inputs"),
        "{small}"
    );
    assert!(
        Frame::new(
            &tokenizer,
            Settings {
                seq_len: 512,
                too_long: TooLong::Drop,
                ..rest
            }
        )
        .is_ok()
    );
    let joined = refused(Settings {
        join: Join::Eos,
        sides: Sides::Jointly,
        ..rest
    });
    assert!(joined.contains("tokenise them apart"), "{joined}");
    assert!(refused(Settings { max_targets: 0, ..rest }).contains("leaves nothing"));
}

#[test]
fn an_example_longer_than_a_row_is_left_out_and_never_cut() {
    let tokenizer = bytes();
    let settings = Settings {
        seq_len: 10,
        max_inputs: 9,
        max_targets: 9,
        too_long: TooLong::Drop,
        ..Settings::default()
    };
    let texts: Vec<(String, String)> = [("abc", "def"), ("abcd", "defg"), ("abcd", "def")]
        .map(|(a, b)| (a.to_string(), b.to_string()))
        .into();
    let (rows, tokens) = packed(&tokenizer, settings, &texts, 1, 1);
    assert_eq!(rows.iter().flat_map(|row| &row.examples).collect::<Vec<_>>(), [&0, &2]);
    assert_eq!(tokens, 9 + 10);
}

#[test]
fn both_joins_and_both_ways_mask_by_what_was_rendered() {
    for (name, tokenizer) in kinds() {
        for join in [Join::Newline, Join::Eos, Join::Nothing] {
            for sides in [Sides::Apart, Sides::Jointly] {
                let Ok(frame) = Frame::new(
                    &tokenizer,
                    Settings {
                        join,
                        sides,
                        ..Settings::default()
                    },
                ) else {
                    // The words and the unigram model know no line's end.
                    assert!(matches!(name, "words" | "unigram") || (join, sides) == (Join::Eos, Sides::Jointly));
                    continue;
                };
                if (name, sides) == ("words", Sides::Jointly) {
                    // A word across the border is one that it does not know.
                    continue;
                }
                // The target's text is in the inputs as well, where it has no loss.
                let example = frame
                    .example(texts_of("a b s", "b a"))
                    .expect("an example")
                    .expect("tokens");
                let target = &example.ids[example.prompt..];
                assert_eq!(target.last(), Some(&tokenizer.eos()), "{name}");
                let said = tokenizer.decode(&target[..target.len() - 1]);
                let wanted = tokenizer.decode(&tokenizer.encode("b a"));
                assert_eq!(said.trim_start(), wanted.trim_start(), "{name} {join:?} {sides:?}");
                if sides == Sides::Apart {
                    assert_eq!(
                        example.ids[..example.prompt],
                        frame.prompt(None, "a b s").expect("a prompt"),
                        "{name}"
                    );
                }
            }
        }
    }
}
