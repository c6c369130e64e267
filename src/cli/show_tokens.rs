//! An example as tokens, drawn over its text: where each ends, and which have a loss.

use serde_json::{Value, json};

use super::visible::inside;
use crate::render;
use crate::token::{Dropped, Example, Frame, NO_LOSS, Texts, Tokenizer};

/// The drawing of an example and its numbers.
pub fn drawn(frame: &Frame<'_>, example: &render::Example, color: bool) -> anyhow::Result<(String, Value)> {
    let texts = Texts {
        system: example.system.as_deref(),
        inputs: &example.inputs,
        targets: &example.targets,
    };
    match frame.example(texts)? {
        Ok(example) => Ok((drawing(frame.tokenizer(), &example, color), numbers(&example))),
        Err(dropped) => {
            let why = match dropped {
                Dropped::TooLong => "too long",
                Dropped::NoTarget => "empty target",
            };
            let text = format!("tokens │ none: it is left out as {why}\n");
            Ok((text, json!({ "left_out": why })))
        }
    }
}

/// What a trainer gets of it.
fn numbers(example: &Example) -> Value {
    let labels = example
        .ids
        .iter()
        .enumerate()
        .map(|(at, id)| match at < example.prompt {
            true => NO_LOSS,
            false => *id as i32,
        });
    json!({ "input_ids": example.ids, "labels": labels.collect::<Vec<_>>(), "inputs_lost": example.lost.0,
        "targets_lost": example.lost.1 })
}

fn drawing(tokenizer: &Tokenizer, example: &Example, color: bool) -> String {
    let (open, close) = match color {
        true => ("\u{1b}[1;32m⟦", "⟧\u{1b}[0m"),
        false => ("⟦", "⟧"),
    };
    let mut lines = vec![String::new()];
    for (at, id) in example.ids.iter().enumerate() {
        let last = at + 1 == example.ids.len();
        let line = lines.last_mut().expect("a line is always there");
        if at == example.prompt {
            line.push_str(open);
        } else if !line.is_empty() {
            line.push('╎');
        }
        let piece = match tokenizer.is_special(*id) || last {
            true => tokenizer.token(*id).unwrap_or_default(),
            false => tokenizer.piece(*id),
        };
        for (at, part) in piece.split('\n').enumerate() {
            if at > 0 {
                lines.last_mut().expect("a line is always there").push('⏎');
                lines.push(String::new());
            }
            lines
                .last_mut()
                .expect("a line is always there")
                .push_str(&inside(part));
        }
        if last {
            lines.last_mut().expect("a line is always there").push_str(close);
        }
    }
    let mut out = String::new();
    for (at, line) in lines.iter().enumerate() {
        let head = if at == 0 { "tokens" } else { "      " };
        out.push_str(format!("{head} │ {line}").trim_end_matches(' '));
        out.push('\n');
    }
    let lost = match example.lost {
        (0, 0) => String::new(),
        (inputs, targets) => format!("; {inputs} of the inputs and {targets} of the targets are lost"),
    };
    out.push_str(&format!(
        "       │ {} tokens, {} with a loss{lost}\n",
        example.ids.len(),
        example.ids.len() - example.prompt
    ));
    out
}
