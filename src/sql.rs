//! What a `select` may say: it projects, joins and unnests, and loses no row.
//!
//! Only a named `drop` removes rows, and nothing may depend on the order they come in or on when they are read.
//! So `where`, `limit`, `distinct`, inner joins, clocks, dice, and functions of the order without one are errors.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArgumentClause, FunctionArguments, Ident, Join, JoinOperator, NamedWindowDefinition,
    NamedWindowExpr, ObjectName, Query, Select, SetExpr, SetOperator, SetQuantifier, Statement, TableFactor, Visit,
    Visitor, WindowSpec, WindowType,
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
    /// Windows that it names, and whether they have an order.
    windows: BTreeMap<String, bool>,
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
        all_rows(&query.body)
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
        for NamedWindowDefinition(name, window) in &select.named_window {
            let ordered = match window {
                NamedWindowExpr::NamedWindow(other) => self.has_order(other),
                NamedWindowExpr::WindowSpec(spec) => self.is_ordered(spec),
            };
            // Of two windows of one name in one query, both have to be.
            *self.windows.entry(name.value.clone()).or_insert(true) &= ordered;
        }
        select.from.iter().try_for_each(|table| keep_rows(&table.joins))
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<Mistake> {
        let name = relation.to_string();
        self.tables.insert(name.trim_matches('"').to_string());
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, table: &TableFactor) -> ControlFlow<Mistake> {
        let sampled = matches!(
            table,
            TableFactor::Table { sample: Some(_), .. } | TableFactor::Derived { sample: Some(_), .. }
        );
        if let TableFactor::NestedJoin { table_with_joins, .. } = table {
            return keep_rows(&table_with_joins.joins);
        }
        if sampled {
            return no(
                "sample",
                "a sample of a table loses rows, and others each time",
                "say `cap N` in the mixture: it draws by the content of rows",
            );
        }
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
        if ORDERED.contains(&name.as_str()) && !self.says_order(function) {
            return no(
                &name,
                &format!("`{name}` depends on the order of rows, and none is said"),
                &format!("say the order: `{name}(.. order by _row)`, or `over (order by _row)`"),
            );
        }
        ControlFlow::Continue(())
    }
}

/// Whether a query keeps all rows that its parts have.
fn all_rows(body: &SetExpr) -> ControlFlow<Mistake> {
    let SetExpr::SetOperation {
        op,
        set_quantifier,
        left,
        right,
    } = body
    else {
        return ControlFlow::Continue(());
    };
    if *op != SetOperator::Union || *set_quantifier != SetQuantifier::All {
        return no(&op.to_string(), "only `union all` keeps every row", "say `union all`");
    }
    all_rows(left)?;
    all_rows(right)
}

/// Whether joins keep all rows of what they join.
fn keep_rows(joins: &[Join]) -> ControlFlow<Mistake> {
    let keeps = |join: &Join| {
        matches!(
            join.join_operator,
            JoinOperator::Left(_) | JoinOperator::LeftOuter(_) | JoinOperator::FullOuter(_)
        )
    };
    match joins.iter().all(keeps) {
        true => ControlFlow::Continue(()),
        false => no(
            "join",
            "this join loses the rows without a partner",
            "say `left join`, or `full join` where both sides must be complete",
        ),
    }
}

impl Check {
    /// Whether a function says in which order it sees rows.
    fn says_order(&self, function: &Function) -> bool {
        let in_arguments = matches!(&function.args, FunctionArguments::List(list)
            if list.clauses.iter().any(|clause| matches!(clause, FunctionArgumentClause::OrderBy(_))));
        let in_window = match &function.over {
            Some(WindowType::WindowSpec(spec)) => self.is_ordered(spec),
            Some(WindowType::NamedWindow(name)) => self.has_order(name),
            None => false,
        };
        in_arguments || in_window || !function.within_group.is_empty()
    }

    fn is_ordered(&self, window: &WindowSpec) -> bool {
        !window.order_by.is_empty() || window.window_name.as_ref().is_some_and(|name| self.has_order(name))
    }

    /// Whether a window of this name has an order.
    fn has_order(&self, name: &Ident) -> bool {
        self.windows.get(&name.value).copied().unwrap_or(false)
    }
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
            "select * from a tablesample (10 percent)",
            "select * from (select * from a) as b tablesample bernoulli (10)",
            "select * from a where x = 1",
            "select distinct x from a",
            "select * from a join b on a.x = b.x",
            "select * from a, b",
            "select random() from a",
            "select current_date from a",
            "select array_agg(x) from a",
            "select row_number() over (partition by x) from a",
            "select row_number() over w from a window w as (partition by x)",
            "select row_number() over v from a window w as (partition by x), v as w",
            "select row_number() over (w) from a window w as (partition by x)",
            "select * from a union b union all select * from b",
            "select * from a union select * from b union all select * from c",
            "select * from c union all (select * from a except select * from b)",
            "select * from a left join (b join c on b.x = c.x) on a.x = b.x",
            "select (select max(x) from b where b.y = 1) from a",
            "delete from a",
            "select * from a; select * from b",
        ] {
            assert!(tables(sql).is_err(), "{sql}");
        }
        for sql in [
            "select array_agg(x order by _row) from a group by y",
            "select row_number() over w from a window w as (partition by x order by _row)",
            "select sum(x) over w, lag(x) over (w order by _row) from a window w as (partition by x)",
            "select * from a union all select * from b union all select * from c",
            "select * from a left join (b left join c on b.x = c.x) on a.x = b.x",
        ] {
            assert!(tables(sql).is_ok(), "{sql}");
        }
    }
}
