//! Mixtures: from the pairs of the grammar to the tree.

use pest::iterators::Pair;

use super::ast::{
    BudgetUnit, Choose, Mixture, MixtureStatement, Number, OptionsOrder, Scheme, Selector, Shots, SizeUnit, Style,
};
use super::items::{list_of, only, take};
use super::parse::{Rule, Walk, parts};
use super::recover::Context;

pub(super) fn mixture(walk: &mut Walk, pair: Pair<'_, Rule>) -> Mixture {
    let span = walk.span(&pair);
    let mut inner = parts(pair).peekable();
    let name = take(walk, &mut inner);
    let extends = inner.next_if(|p| p.as_rule() == Rule::name).map(|p| walk.word(p));
    let mut statements = Vec::new();
    for part in inner {
        if part.as_rule() == Rule::bad {
            walk.bad(Context::Mixture, &part);
        } else {
            statements.push(statement(walk, part));
        }
    }
    Mixture {
        name,
        extends,
        statements,
        span,
    }
}

fn statement(walk: &mut Walk, part: Pair<'_, Rule>) -> MixtureStatement {
    use MixtureStatement as S;
    match part.as_rule() {
        Rule::title => S::Title(only(walk, part)),
        Rule::note => S::Note(walk.text(parts(part).next().expect("a text"))),
        Rule::include => S::Include(selectors(walk, part)),
        Rule::exclude => S::Exclude(selectors(walk, part)),
        Rule::hold_out => S::HoldOut(list_of(walk, part)),
        Rule::cap => S::Cap(number(walk, part)),
        Rule::rates => {
            let mut schemes: Vec<Scheme> = parts(part).map(|p| scheme(walk, p)).collect();
            let inner = schemes.pop().expect("rates name a scheme");
            S::Rates {
                inner,
                over_clusters: schemes.pop(),
            }
        }
        Rule::size => {
            let unit = if part.as_str().contains("example") {
                SizeUnit::Examples
            } else {
                SizeUnit::Epochs
            };
            S::Size(number(walk, part).expect("a number"), unit)
        }
        Rule::once => S::WithoutReplacement,
        Rule::passes => S::Passes(number(walk, part).expect("a number")),
        Rule::choose => match parts(part).next() {
            Some(round_robin) => S::Choose(Choose::RoundRobin(only(walk, round_robin))),
            None => S::Choose(Choose::Draw),
        },
        Rule::order_options => match parts(part).next().expect("an order").as_str() {
            "shuffled" => S::Options(OptionsOrder::Shuffled),
            _ => S::Options(OptionsOrder::InOrder),
        },
        Rule::instruct => match parts(part).next().expect("a style").as_str() {
            "none" => S::Instruct(Style::None),
            "dataset_name" => S::Instruct(Style::DatasetName),
            _ => S::Instruct(Style::Template),
        },
        Rule::shots => S::Shots(shots(walk, part)),
        Rule::seed => S::Seed(number(walk, part).expect("a number")),
        Rule::at_most => {
            let what = part.as_str();
            let make = match what.split_whitespace().next() {
                Some("test") => S::TestAtMost,
                Some("templates") => S::TemplatesAtMost,
                _ => S::ExemplarsAtMost,
            };
            make(number(walk, part).expect("a number"))
        }
        Rule::profile => S::Profile(only(walk, part)),
        other => unreachable!("the grammar has no mixture statement {other:?}"),
    }
}

fn selectors(walk: &mut Walk, part: Pair<'_, Rule>) -> Vec<Selector> {
    let one = |walk: &mut Walk, p: Pair<'_, Rule>| {
        let mut kind = None;
        let mut name = crate::syntax::ast::Word {
            value: "all".to_string(),
            span: walk.span(&p),
        };
        for q in parts(p) {
            match q.as_rule() {
                Rule::selector_kind => kind = Some(q.as_str().trim().to_string()),
                _ => name = walk.word(q),
            }
        }
        Selector { kind, name }
    };
    parts(part).map(|p| one(walk, p)).collect()
}

fn scheme(walk: &mut Walk, part: Pair<'_, Rule>) -> Scheme {
    let inner = parts(part).next().expect("a scheme is one of four");
    match inner.as_rule() {
        Rule::proportional => Scheme::Proportional {
            maximum: parts(inner).next().and_then(|p| number(walk, p)),
        },
        Rule::temperature => {
            let mut inner = parts(inner);
            let temperature = walk.number(&inner.next().expect("a temperature is a number"));
            Scheme::Temperature {
                temperature,
                maximum: inner.next().and_then(|p| number(walk, p)),
            }
        }
        Rule::fixed => {
            let rate = |walk: &mut Walk, p: Pair<'_, Rule>| {
                let mut inner = parts(p);
                let name = take(walk, &mut inner);
                (name, walk.number(&inner.next().expect("a rate is a number")))
            };
            Scheme::Fixed(parts(inner).map(|p| rate(walk, p)).collect())
        }
        _ => Scheme::Equal,
    }
}

fn shots(walk: &mut Walk, part: Pair<'_, Rule>) -> Shots {
    let span = walk.span(&part);
    let mut inner = parts(part);
    let count = walk.number(&inner.next().expect("a number of shots"));
    let mut shots = Shots {
        count,
        budget: None,
        otherwise: None,
        shot: None,
        between: None,
        span,
    };
    for p in inner {
        match p.as_rule() {
            Rule::budget => {
                let mut inner = parts(p);
                shots.budget = budget(walk, &mut inner);
                shots.otherwise = budget(walk, &mut inner);
            }
            Rule::shot => shots.shot = Some(walk.text(parts(p).next().expect("a text"))),
            Rule::between => shots.between = Some(walk.text(parts(p).next().expect("a text"))),
            _ => {}
        }
    }
    shots
}

/// A number and what it counts, where two such parts are left.
fn budget<'i>(walk: &mut Walk, inner: &mut impl Iterator<Item = Pair<'i, Rule>>) -> Option<(Number, BudgetUnit)> {
    let number = inner.find(|p| p.as_rule() == Rule::number)?;
    let unit = inner.find(|p| p.as_rule() == Rule::budget_unit)?;
    let unit = match unit.as_str() {
        "words" => BudgetUnit::Words,
        "bytes" => BudgetUnit::Bytes,
        _ => BudgetUnit::Tokens,
    };
    Some((walk.number(&number), unit))
}

/// The first number below a pair, where there is one.
fn number(walk: &mut Walk, part: Pair<'_, Rule>) -> Option<Number> {
    parts(part)
        .find(|p| p.as_rule() == Rule::number)
        .map(|p| walk.number(&p))
}
