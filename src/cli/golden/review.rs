//! `flanc golden review`: one difference after the other, one key for each.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal as _};

use super::text;
use crate::cli::output;
use crate::cli::unified::Paint;
use crate::golden::Difference;

/// What a person said.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Answer {
    Accept,
    AcceptTemplate,
    Reject,
    Skip,
    Quit,
}

/// What was decided: differences by their places.
#[derive(Debug, Default, PartialEq)]
pub struct Decided {
    pub accepted: BTreeSet<usize>,
    pub rejected: BTreeSet<usize>,
}

/// Whether there is somebody to ask.
pub fn somebody() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Asks for every difference at the terminal.
pub fn ask(differences: &[&Difference], paint: Paint) -> io::Result<Decided> {
    let terminal = console::Term::stdout();
    walk(differences, |at, difference| {
        output::print(&format!(
            "\n{}\n{} of {}   [a] accept  [r] reject  [s] skip  [A] accept all of {}/{}  [q] quit ",
            text::difference(difference, paint),
            at + 1,
            differences.len(),
            difference.dataset,
            difference.template
        ));
        loop {
            if let Some(answer) = answer(terminal.read_key()?) {
                output::print(&format!("{}\n", said(answer)));
                return Ok(answer);
            }
        }
    })
}

fn answer(key: console::Key) -> Option<Answer> {
    match key {
        console::Key::Char('a') => Some(Answer::Accept),
        console::Key::Char('A') => Some(Answer::AcceptTemplate),
        console::Key::Char('r') => Some(Answer::Reject),
        console::Key::Char('s' | ' ') | console::Key::Enter => Some(Answer::Skip),
        console::Key::Char('q') | console::Key::Escape => Some(Answer::Quit),
        _ => None,
    }
}

fn said(answer: Answer) -> &'static str {
    match answer {
        Answer::Accept => "accepted",
        Answer::AcceptTemplate => "accepted, with all others of this template",
        Answer::Reject => "rejected",
        Answer::Skip => "skipped",
        Answer::Quit => "",
    }
}

/// Goes through differences in their order, and asks for those that no earlier answer covers.
fn walk(
    differences: &[&Difference],
    mut ask: impl FnMut(usize, &Difference) -> io::Result<Answer>,
) -> io::Result<Decided> {
    let mut decided = Decided::default();
    let same = |a: &Difference, b: &Difference| a.dataset == b.dataset && a.template == b.template;
    for (at, difference) in differences.iter().enumerate() {
        if decided.accepted.contains(&at) {
            continue;
        }
        match ask(at, difference)? {
            Answer::Accept => {
                decided.accepted.insert(at);
            }
            Answer::AcceptTemplate => {
                let others = (at..differences.len()).filter(|other| same(differences[*other], difference));
                decided.accepted.extend(others);
            }
            Answer::Reject => {
                decided.rejected.insert(at);
            }
            Answer::Skip => {}
            Answer::Quit => break,
        }
    }
    Ok(decided)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden::Change;

    fn difference(template: &str, row: &str) -> Difference {
        Difference {
            dataset: "t".to_string(),
            cluster: "c".to_string(),
            template: template.to_string(),
            role: "forward".to_string(),
            row: row.to_string(),
            about: Vec::new(),
            change: Change::New,
            causes: Vec::new(),
            old: None,
            new: None,
        }
    }

    #[test]
    fn one_answer_can_stand_for_a_template_and_quitting_keeps_what_was_said() {
        let all = [("a", "1"), ("a", "2"), ("a", "3"), ("b", "1"), ("b", "2"), ("c", "1")];
        let all = all.map(|(template, row)| difference(template, row));
        let all: Vec<&Difference> = all.iter().collect();
        let mut answers = [
            Answer::Reject,
            Answer::AcceptTemplate,
            Answer::Skip,
            Answer::Accept,
            Answer::Quit,
        ]
        .into_iter();
        let mut asked = Vec::new();
        let decided = walk(&all, |at, _| {
            asked.push(at);
            Ok(answers.next().expect("an answer"))
        });
        let decided = decided.expect("no terminal fails");
        assert_eq!(asked, [0, 1, 3, 4, 5]);
        assert_eq!((decided.accepted, decided.rejected), ([1, 2, 4].into(), [0].into()));
    }
}
