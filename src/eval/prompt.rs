//! Texts to what the model reads: a prompt with its exemplars, and how what follows meets it.
//!
//! Nothing is longer than the model has positions: first exemplars are left out, the last one first, then tokens at the
//! beginning of the prompt, BOS apart. What was left out is counted.

use super::rank::{Continuation, Question};
use crate::token::{Frame, Join, Settings, Sides, Tokenizer};

/// Turns texts into questions.
///
/// Where the sides are tokenised apart, what the model is asked is what it was taught, token by token. Jointly, an answer is
/// what differs from the tokens of its prompt alone, so that a token may span the border.
pub struct Prompter<'t> {
    frame: Frame<'t>,
    tokenizer: &'t Tokenizer,
    sides: Sides,
    join: &'static str,
    /// Positions of the model.
    positions: usize,
}

/// The prompt that says nothing, for what an option is worth by itself.
pub const NULL_PROMPT: &str = "Answer:";

/// What was left out so that a prompt fits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// Exemplars that were drawn and not shown.
    pub exemplars: usize,
    /// Tokens at the beginning of the prompt.
    pub tokens: usize,
    /// Options that do not fit even after one token; they cannot be taken.
    pub options: usize,
}

impl<'t> Prompter<'t> {
    /// Fails where join and sides do not fit together.
    pub fn new(tokenizer: &'t Tokenizer, join: Join, sides: Sides, positions: usize) -> anyhow::Result<Self> {
        let settings = Settings {
            join,
            sides,
            ..Settings::default()
        };
        Ok(Self {
            frame: Frame::new(tokenizer, settings)?,
            tokenizer,
            sides,
            join: join.text(),
            positions,
        })
    }

    /// The question of a text and its options.
    pub fn question(&self, text: &str, options: &[String]) -> anyhow::Result<Question> {
        let mut prompt = self.frame.prompt(None, text)?;
        if prompt.is_empty() {
            // The first token of an answer has to follow something.
            prompt.push(self.tokenizer.eos());
        }
        let options = options.iter().map(|option| self.continuation(text, &prompt, option));
        let options = options.collect::<anyhow::Result<_>>()?;
        Ok(Question { prompt, options })
    }

    fn continuation(&self, text: &str, prompt: &[u32], option: &str) -> anyhow::Result<Continuation> {
        if self.sides == Sides::Jointly {
            let mut ids: Vec<u32> = self.tokenizer.bos().into_iter().collect();
            ids.extend(self.tokenizer.try_encode(&format!("{text}{}{option}", self.join))?);
            let same = ids.iter().zip(prompt).take_while(|(one, other)| one == other).count();
            if same > 0 {
                return Ok(Continuation {
                    start: same,
                    ids: ids.split_off(same),
                });
            }
        }
        Ok(Continuation {
            start: prompt.len(),
            ids: self.tokenizer.try_encode(option)?,
        })
    }

    /// How many tokens a text has by itself.
    pub fn size(&self, text: &str) -> usize {
        self.tokenizer.encode(text).len()
    }

    /// The question of an input behind as many of some exemplars as fit, and what was left out. `room` is what is to be left for an
    /// answer that is generated.
    pub fn fitted(
        &self,
        system: Option<&str>,
        exemplars: &[String],
        input: &str,
        options: &[String],
        room: usize,
    ) -> anyhow::Result<(Question, Cut)> {
        let mut cut = Cut::default();
        let system = system.map_or(String::new(), |system| format!("{system}\n"));
        loop {
            let shown = &exemplars[..exemplars.len() - cut.exemplars];
            let mut question = self.question(&format!("{system}{}{input}", shown.concat()), options)?;
            if needed(&question, room) <= self.positions {
                return Ok((question, cut));
            }
            if shown.is_empty() {
                self.shorten(&mut question, room, &mut cut);
                return Ok((question, cut));
            }
            cut.exemplars += 1;
        }
    }

    /// Takes tokens from the beginning of a prompt until all of its options fit.
    fn shorten(&self, question: &mut Question, room: usize, cut: &mut Cut) {
        let bos = usize::from(
            self.tokenizer
                .bos()
                .is_some_and(|bos| question.prompt.first() == Some(&bos)),
        );
        for option in &mut question.options {
            // Behind BOS and one token of the prompt.
            if bos + option.ids.len() > self.positions {
                option.ids.clear();
                option.start = question.prompt.len();
                cut.options += 1;
            }
        }
        // An option must keep a token before it.
        let starts = question.options.iter().map(|option| option.start);
        let most = starts.min().unwrap_or(question.prompt.len()).saturating_sub(bos + 1);
        cut.tokens = needed(question, room).saturating_sub(self.positions).min(most);
        question.prompt.drain(bos..bos + cut.tokens);
        for option in &mut question.options {
            option.start -= cut.tokens;
        }
    }
}

/// The positions that a question asks for.
fn needed(question: &Question, room: usize) -> usize {
    question.positions().max(question.prompt.len() + room)
}

/// An exemplar as it is shown, with what divides it from the next.
pub fn shown(inputs: &str, targets: &str) -> String {
    format!("{inputs}\n{targets}\n\n")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn tokenizer() -> Tokenizer {
        Tokenizer::open(Path::new("bytes")).expect("the built-in tokenizer")
    }

    fn options(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_string()).collect()
    }

    #[test]
    fn exemplars_go_first_and_then_the_beginning() {
        let tokenizer = tokenizer();
        let prompter = Prompter::new(&tokenizer, Join::Newline, Sides::Apart, 16).expect("a prompter");
        let shown = options(&["ab\nc\n\n", "de\nf\n\n"]);
        let fitted = |shown: &[String], input: &str, said: &[&str], room| {
            prompter
                .fitted(None, shown, input, &options(said), room)
                .expect("a question")
        };
        // BOS, 6 + 4 + the end of a line, and all but the last of 3.
        let (question, cut) = fitted(&shown, "ghij", &["yes", "n"], 0);
        assert_eq!((question.prompt.len(), cut.exemplars, cut.tokens), (12, 1, 0));
        let (question, cut) = fitted(&shown, "0123456789abcdefghij", &["yes", "n"], 0);
        assert_eq!((question.prompt.len(), cut.exemplars, cut.tokens), (14, 2, 8));
        assert_eq!(question.prompt[0], tokenizer.bos().expect("it has one"));
        assert_eq!(tokenizer.decode(&question.prompt), "89abcdefghij\n");
        assert_eq!(question.positions(), 16);
        // What is generated needs room as well.
        let (question, _) = fitted(&[], "0123456789abcdefghij", &[], 10);
        assert_eq!(tokenizer.decode(&question.prompt), "ghij\n");
        // An option that fits nowhere cannot be taken.
        let (question, cut) = fitted(&[], "0123", &["0123456789abcdefghij", "n"], 0);
        assert!(question.options[0].ids.is_empty() && question.options[1].ids.len() == 1 && cut.options == 1);
    }

    #[test]
    fn both_conventions_give_the_same_bytes() {
        let tokenizer = tokenizer();
        let both = [Sides::Apart, Sides::Jointly].map(|sides| {
            let prompter = Prompter::new(&tokenizer, Join::Newline, sides, 100).expect("a prompter");
            prompter.question("a", &options(&["yes", "no"])).expect("a question")
        });
        assert_eq!(both[0], both[1]);
    }
}
