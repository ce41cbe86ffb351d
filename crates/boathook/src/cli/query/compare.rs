//! Which of two values is greater, and whether they are the same.

use std::cmp::Ordering;

use jmespath::ast::Comparator;

use crate::cli::value::Value;

/// Returns whether the comparison holds; null where the two cannot be compared.
pub(super) fn compare(comparator: &Comparator, left: &Value, right: &Value) -> Value {
    let ordering = order(left, right);
    let holds = match comparator {
        Comparator::Equal => Some(are_equal(left, right)),
        Comparator::NotEqual => Some(!are_equal(left, right)),
        Comparator::LessThan => ordering.map(Ordering::is_lt),
        Comparator::LessThanEqual => ordering.map(Ordering::is_le),
        Comparator::GreaterThan => ordering.map(Ordering::is_gt),
        Comparator::GreaterThanEqual => ordering.map(Ordering::is_ge),
    };
    holds.map_or(Value::Null, Value::Bool)
}

/// Orders two numbers or two strings; nothing else has an order.
pub(super) fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64()?.partial_cmp(&right.as_f64()?),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

/// Says whether two values are the same; the order of members does not matter, and `1` is `1.0`.
pub(super) fn are_equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(_), Value::Number(_)) => order(left, right) == Some(Ordering::Equal),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left.iter().zip(right).all(|(left, right)| are_equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.members.len() == right.members.len()
                && left.members.iter().all(|(name, value)| {
                    right.get(name).is_some_and(|other| are_equal(value, other))
                })
        }
        _ => left == right,
    }
}
