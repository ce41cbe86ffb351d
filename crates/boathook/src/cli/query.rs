//! `--query`: `JMESPath` over answers.
//!
//! The grammar is read by the crate `jmespath`. Its own values sort the members of objects, which would turn the
//! columns of `--query "[].{Name:name, At:location}" -o table` around, so expressions are evaluated here, over
//! [`Value`], with the functions of [`functions`].

mod compare;
mod evaluate;
mod functions;

use std::str::FromStr;

use jmespath::ast::Ast;

use crate::cli::value::Value;

/// An expression that was read.
#[derive(Clone, Debug)]
pub(crate) struct Query(Ast);

/// An expression that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("invalid jmespath_type value: '{0}'")]
pub(crate) struct InvalidQuery(String);

/// A function that was called with what it cannot take.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("Invalid jmespath query supplied for `--query`: {0}")]
pub(crate) struct QueryError(String);

impl FromStr for Query {
    type Err = InvalidQuery;

    fn from_str(text: &str) -> Result<Self, InvalidQuery> {
        jmespath::parse(text).map(Self).map_err(|_| InvalidQuery(text.to_owned()))
    }
}

impl Query {
    /// Returns what the expression finds.
    pub(crate) fn search(&self, value: &Value) -> Result<Value, QueryError> {
        evaluate::evaluate(&self.0, value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::json;

    /// A document, and `[expression, answer, complaint]` for each expression that was asked of it, written by
    /// Python's jmespath 1.1.0 as `golden/README.md` says.
    const GOLDEN: &str = include_str!("golden/queries.json");

    #[derive(serde::Deserialize)]
    struct Golden {
        document: Value,
        cases: Vec<(String, Value, Option<String>)>,
    }

    #[test]
    fn every_expression_finds_what_az_finds() {
        let golden: Golden = serde_json::from_str(GOLDEN).unwrap();
        assert!(golden.cases.len() > 100);
        for (expression, expected, complaint) in golden.cases {
            let query: Query =
                expression.parse().unwrap_or_else(|error| panic!("{expression}: {error}"));
            match (query.search(&golden.document), complaint) {
                (Ok(found), None) => {
                    assert_eq!(json::print(&found), json::print(&expected), "{expression}");
                }
                (Err(error), Some(complaint)) => assert_eq!(error.0, complaint, "{expression}"),
                (found, complaint) => {
                    panic!("{expression}: found {found:?}, expected {complaint:?}")
                }
            }
        }
    }

    #[test]
    fn an_expression_that_cannot_be_read_is_refused() {
        for expression in ["foo[", "", "[?", "a.", "`{`", "{a}"] {
            assert!(expression.parse::<Query>().is_err(), "{expression}");
        }
    }
}
