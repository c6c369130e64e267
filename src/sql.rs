//! What a `select` may say: it projects, joins and unnests, and loses no row.
//!
//! Only a named `drop` removes rows, and nothing may depend on the order they come in or on when they are read.
//! So `where`, `limit`, `distinct`, inner joins, clocks, dice, and functions of the order without one are errors.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArgumentClause, FunctionArguments, JoinOperator, ObjectName, Query, Select, SetExpr,
    SetOperator, SetQuantifier, Statement, Visit, Visitor, WindowType,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

/// Why a `select` cannot be had, and what to say instead.
#[derive(Debug)]
pub struct Mistake {
    pub message: String,
    pub help: String,
    /// A word of the select that it is about.
    pub word: Option<String>,
}

/// Functions that give another value when asked again.
const UNSTEADY: &[&str] = &[
    "random",
    "rand",
    "uuid",
    "now",
    "current_date",
    "current_time",
    "current_timestamp",
    "localtimestamp",
    "today",
];

/// Functions whose value is a matter of the order of rows.
const ORDERED: &[&str] = &[
    "array_agg",
    "string_agg",
    "first_value",
    "last_value",
    "nth_value",
    "row_number",
    "ntile",
    "lag",
    "lead",
    "rank",
    "dense_rank",
    "percent_rank",
    "cume_dist",
];

/// Reads a `select` and returns the tables it names, in alphabetical order.
pub fn tables(select: &str) -> Result<Vec<String>, Mistake> {
    let statements = Parser::parse_sql(&GenericDialect {}, select).map_err(|error| Mistake {
        message: format!(
            "this is no SQL: {}",
            error.to_string().trim_start_matches("sql parser error: ")
        ),
        help: "a `select` is one SQL query over the tables of its split".to_string(),
        word: None,
    })?;
    let [statement @ Statement::Query(_)] = statements.as_slice() else {
        return Err(Mistake {
            message: "a `select` is one query".to_string(),
            help: "it begins with `select` or `with` and holds no second statement".to_string(),
            word: None,
        });
    };
    let mut check = Check::default();
    match statement.visit(&mut check) {
        ControlFlow::Break(mistake) => Err(mistake),
        ControlFlow::Continue(()) => Ok(check.tables.difference(&check.named).cloned().collect()),
    }
}

#[derive(Default)]
struct Check {
    tables: BTreeSet<String>,
    /// Queries that the select itself names, with `with`.
    named: BTreeSet<String>,
}

fn no(word: &str, message: &str, help: &str) -> ControlFlow<Mistake> {
    ControlFlow::Break(Mistake {
        message: message.to_string(),
        help: help.to_string(),
        word: Some(word.to_string()),
    })
}

impl Visitor for Check {
    type Break = Mistake;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Mistake> {
        if let Some(with) = &query.with {
            self.named
                .extend(with.cte_tables.iter().map(|cte| cte.alias.name.value.clone()));
        }
        if query.limit_clause.is_some() || query.fetch.is_some() {
            return no(
                if query.fetch.is_some() { "fetch" } else { "limit" },
                "`limit` and `fetch` lose rows in silence",
                "say `cap N` in the mixture, or `drop \"why\" when ..` in the dataset",
            );
        }
        if let SetExpr::SetOperation { op, set_quantifier, .. } = query.body.as_ref()
            && (*op != SetOperator::Union || *set_quantifier != SetQuantifier::All)
        {
            return no(&op.to_string(), "only `union all` keeps every row", "say `union all`");
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Mistake> {
        if select.selection.is_some() || select.having.is_some() || select.qualify.is_some() {
            let word = match (&select.selection, &select.having) {
                (Some(_), _) => "where",
                (None, Some(_)) => "having",
                (None, None) => "qualify",
            };
            return no(
                word,
                "`where`, `having` and `qualify` lose rows in silence",
                "say `drop \"why\" when ..` in the dataset: it is counted under its name",
            );
        }
        if select.distinct.is_some() || select.top.is_some() {
            return no(
                if select.distinct.is_some() { "distinct" } else { "top" },
                "`distinct` and `top` lose rows in silence",
                "copies are told apart by flanc itself; group them if they are one row",
            );
        }
        if select.from.len() > 1 {
            return no(
                "from",
                "tables with a comma between them are a join without a condition",
                "say `left join .. on ..` or `full join .. on ..`",
            );
        }
        for join in select.from.iter().flat_map(|table| &table.joins) {
            let keeps = matches!(
                join.join_operator,
                JoinOperator::Left(_) | JoinOperator::LeftOuter(_) | JoinOperator::FullOuter(_)
            );
            if !keeps {
                return no(
                    "join",
                    "this join loses the rows without a partner",
                    "say `left join`, or `full join` where both sides must be complete",
                );
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<Mistake> {
        let name = relation.to_string();
        self.tables.insert(name.trim_matches('"').to_string());
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Mistake> {
        let Expr::Function(function) = expr else {
            return ControlFlow::Continue(());
        };
        let name = function.name.to_string().to_ascii_lowercase();
        if UNSTEADY.contains(&name.as_str()) {
            return no(
                &name,
                &format!("`{name}()` gives another value each time"),
                "a build is a function of its sources: take the value from a column",
            );
        }
        if ORDERED.contains(&name.as_str()) && !has_order(function) {
            return no(
                &name,
                &format!("`{name}` depends on the order of rows, and none is said"),
                &format!("say the order: `{name}(.. order by _row)`, or `over (order by _row)`"),
            );
        }
        ControlFlow::Continue(())
    }
}

fn has_order(function: &Function) -> bool {
    let in_arguments = matches!(&function.args, FunctionArguments::List(list)
        if list.clauses.iter().any(|clause| matches!(clause, FunctionArgumentClause::OrderBy(_))));
    let in_window = match &function.over {
        Some(WindowType::WindowSpec(spec)) => !spec.order_by.is_empty(),
        Some(WindowType::NamedWindow(_)) => true,
        None => false,
    };
    in_arguments || in_window || !function.within_group.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_named() {
        let sql = "with t as (select * from b) select a.*, t.x from a left join t on a._row = t._row";
        assert_eq!(tables(sql).unwrap(), ["a", "b"]);
    }

    #[test]
    fn what_loses_rows_or_hangs_on_their_order_is_refused() {
        for sql in [
            "select * from a limit 3",
            "select * from a where x = 1",
            "select distinct x from a",
            "select * from a join b on a.x = b.x",
            "select * from a, b",
            "select random() from a",
            "select current_date from a",
            "select array_agg(x) from a",
            "select row_number() over (partition by x) from a",
            "select (select max(x) from b where b.y = 1) from a",
            "delete from a",
            "select * from a; select * from b",
        ] {
            assert!(tables(sql).is_err(), "{sql}");
        }
        assert!(tables("select array_agg(x order by _row) from a group by y").is_ok());
    }
}
