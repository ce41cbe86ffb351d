//! What an expression finds.

use jmespath::Variable;
use jmespath::ast::Ast;

use super::{QueryError, compare, functions};
use crate::cli::value::{Object, Order, Value};

/// Returns what the expression finds in the value.
pub(super) fn evaluate(ast: &Ast, value: &Value) -> Result<Value, QueryError> {
    Ok(match ast {
        Ast::Identity { .. } => value.clone(),
        Ast::Literal { value, .. } => literal(value),
        Ast::Field { name, .. } => value.member(name).clone(),
        Ast::Index { idx, .. } => index(value, *idx),
        Ast::Slice { start, stop, step, .. } => slice(value, *start, *stop, *step)?,
        Ast::Subexpr { lhs, rhs, .. } => evaluate(rhs, &evaluate(lhs, value)?)?,
        Ast::And { lhs, rhs, .. } => {
            let left = evaluate(lhs, value)?;
            if left.is_empty() { left } else { evaluate(rhs, value)? }
        }
        Ast::Or { lhs, rhs, .. } => {
            let left = evaluate(lhs, value)?;
            if left.is_empty() { evaluate(rhs, value)? } else { left }
        }
        Ast::Not { node, .. } => Value::Bool(evaluate(node, value)?.is_empty()),
        Ast::Condition { predicate, then, .. } => {
            if evaluate(predicate, value)?.is_empty() {
                Value::Null
            } else {
                evaluate(then, value)?
            }
        }
        Ast::Comparison { comparator, lhs, rhs, .. } => {
            compare::compare(comparator, &evaluate(lhs, value)?, &evaluate(rhs, value)?)
        }
        Ast::Projection { lhs, rhs, .. } => project(evaluate(lhs, value)?, rhs)?,
        Ast::Flatten { node, .. } => flatten(evaluate(node, value)?),
        Ast::ObjectValues { node, .. } => match evaluate(node, value)? {
            Value::Object(object) => {
                Value::Array(object.members.into_iter().map(|(_, value)| value).collect())
            }
            _ => Value::Null,
        },
        Ast::MultiList { .. } | Ast::MultiHash { .. } if *value == Value::Null => Value::Null,
        Ast::MultiList { elements, .. } => Value::Array(
            elements.iter().map(|element| evaluate(element, value)).collect::<Result<_, _>>()?,
        ),
        Ast::MultiHash { elements, .. } => {
            let mut object = Object { order: Order::Chosen, ..Object::default() };
            for element in elements {
                object.set(element.key.clone(), evaluate(&element.value, value)?);
            }
            Value::Object(object)
        }
        Ast::Function { name, args, .. } => functions::call(name, args, value)?,
        // An expression by itself is nothing; functions that take one are given its tree.
        Ast::Expref { .. } => Value::Null,
    })
}

fn literal(variable: &Variable) -> Value {
    match variable {
        Variable::Null | Variable::Expref(_) => Value::Null,
        Variable::Bool(value) => Value::Bool(*value),
        Variable::Number(number) => Value::Number(number.clone()),
        Variable::String(text) => Value::String(text.clone()),
        Variable::Array(items) => Value::Array(items.iter().map(|item| literal(item)).collect()),
        Variable::Object(members) => Value::Object(Object {
            members: members.iter().map(|(name, value)| (name.clone(), literal(value))).collect(),
            order: Order::Received,
        }),
    }
}

fn index(value: &Value, index: i32) -> Value {
    let Value::Array(items) = value else { return Value::Null };
    let from_end = usize::try_from(index.unsigned_abs()).expect("because an index fits");
    let at = if index < 0 { items.len().checked_sub(from_end) } else { Some(from_end) };
    at.and_then(|at| items.get(at)).cloned().unwrap_or_default()
}

fn slice(
    value: &Value,
    from: Option<i32>,
    to: Option<i32>,
    step: i32,
) -> Result<Value, QueryError> {
    let Value::Array(items) = value else { return Ok(Value::Null) };
    if step == 0 {
        return Err(QueryError("slice step cannot be zero".to_owned()));
    }
    let length = i64::try_from(items.len()).expect("because an answer is far smaller");
    let (least, most) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let bound = |index: i32| {
        let index = i64::from(index);
        (if index < 0 { index + length } else { index }).clamp(least, most)
    };
    let (first, end) = if step > 0 { (least, most) } else { (most, least) };
    let mut at = from.map_or(first, bound);
    let end = to.map_or(end, bound);
    let mut found = Vec::new();
    while (step > 0 && at < end) || (step < 0 && at > end) {
        found.push(items[usize::try_from(at).expect("because it is between the bounds")].clone());
        at += i64::from(step);
    }
    Ok(Value::Array(found))
}

fn project(value: Value, each: &Ast) -> Result<Value, QueryError> {
    let Value::Array(items) = value else { return Ok(Value::Null) };
    let mut found = Vec::new();
    for item in &items {
        let value = evaluate(each, item)?;
        if value != Value::Null {
            found.push(value);
        }
    }
    Ok(Value::Array(found))
}

fn flatten(value: Value) -> Value {
    let Value::Array(items) = value else { return Value::Null };
    let mut found = Vec::new();
    for item in items {
        match item {
            Value::Array(inner) => found.extend(inner),
            other => found.push(other),
        }
    }
    Value::Array(found)
}
