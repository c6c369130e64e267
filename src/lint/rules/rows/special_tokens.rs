//! A value has the text of a special token in it.

use crate::diagnostic::Severity;
use crate::lint::rows::RowsView;
use crate::lint::{Check, Finding, Group, Rule};
use crate::text;

pub static RULE: Rule = Rule {
    code: "ROW012",
    name: "special-tokens",
    group: Group::Rows,
    severity: Severity::Warning,
    default: true,
    page: include_str!("special_tokens.md"),
    check: Check::Rows(check),
};

fn check(view: &RowsView) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, field) in view.view.dataset.fields.iter().enumerate() {
        let mut odd = view.texts(at).filter_map(|(row, text)| Some((row, judge(text)?)));
        if let Some((row, what)) = odd.next() {
            let more = odd.count();
            let others = if more == 0 {
                String::new()
            } else {
                format!(", and {} more", text::count(more, "value"))
            };
            found.push(Finding::new(
                field.span,
                format!("{what} in `{}` of {}{others}", field.name, row.place),
            ));
        }
    }
    found
}

/// Texts that tokenizers give a meaning of their own.
const SPECIAL: &[&str] = &[
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|eot_id|>",
    "<|begin_of_text|>",
    "<|end|>",
    "<|user|>",
    "<|assistant|>",
    "<|system|>",
    "<s>",
    "</s>",
    "<pad>",
    "<bos>",
    "<eos>",
    "<start_of_turn>",
    "<end_of_turn>",
    "[INST]",
    "[/INST]",
    "<<SYS>>",
    "[CLS]",
    "[SEP]",
    "[PAD]",
    "<extra_id_",
];

/// What is special about a text.
fn judge(text: &str) -> Option<String> {
    SPECIAL
        .iter()
        .find(|token| text.contains(**token))
        .map(|token| format!("`{token}`"))
}
