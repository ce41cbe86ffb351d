//! The functions of `JMESPath`.
//!
//! Each complains in the words of the library that `az` uses. What arguments a function takes is one table,
//! [`signature`], checked before any function runs; so the functions themselves may trust their arguments.

use std::cmp::Ordering;

use jmespath::ast::Ast;
use serde_json::Number;

use super::evaluate::evaluate;
use super::{QueryError, compare};
use crate::cli::output::{json, python};
use crate::cli::value::{Object, Value};

/// Calls the function of this name on what its arguments find in the value.
pub(super) fn call(name: &str, args: &[Ast], value: &Value) -> Result<Value, QueryError> {
    let signature =
        signature(name).ok_or_else(|| QueryError(format!("Unknown function: {name}()")))?;
    check_count(name, &signature, args.len())?;
    let mut found = Vec::new();
    let mut expression = None;
    for (arg, kinds) in
        args.iter().zip(signature.kinds.iter().chain(std::iter::repeat(&signature.rest)))
    {
        if let (Ast::Expref { ast, .. }, [Kind::Expression]) = (arg, kinds) {
            expression = Some(ast.as_ref());
            continue;
        }
        let value = evaluate(arg, value)?;
        check_kind(name, kinds, &value)?;
        found.push(value);
    }
    if let Some(expression) = expression {
        let Some(Value::Array(items)) = found.pop() else {
            unreachable!("the table asks for a list")
        };
        return call_with_expression(name, items, expression);
    }
    let first = if found.is_empty() { Value::Null } else { found.remove(0) };
    Ok(call_on_values(name, first, found))
}

/// What an argument may be.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Array,
    Expression,
    Number,
    Object,
    String,
    Numbers,
    Strings,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Array => "array",
            Self::Expression => "expref",
            Self::Number => "number",
            Self::Object => "object",
            Self::String => "string",
            Self::Numbers => "array-number",
            Self::Strings => "array-string",
        }
    }

    fn accepts(self, value: &Value) -> bool {
        match self {
            Self::Array | Self::Numbers | Self::Strings => matches!(value, Value::Array(_)),
            Self::Expression => false,
            Self::Number => matches!(value, Value::Number(_)),
            Self::Object => matches!(value, Value::Object(_)),
            Self::String => matches!(value, Value::String(_)),
        }
    }
}

struct Signature {
    /// What each argument may be; an empty list takes anything.
    kinds: &'static [&'static [Kind]],
    /// What any further argument may be, where the function takes as many as there are.
    rest: &'static [Kind],
    is_variadic: bool,
}

fn signature(name: &str) -> Option<Signature> {
    use Kind::{Array, Expression, Number, Numbers, Object, String, Strings};
    let kinds: &[&[Kind]] = match name {
        "abs" | "ceil" | "floor" => &[&[Number]],
        "avg" | "sum" => &[&[Numbers]],
        "contains" => &[&[Array, String], &[]],
        "ends_with" | "starts_with" => &[&[String], &[String]],
        "join" => &[&[String], &[Strings]],
        "keys" | "merge" | "values" => &[&[Object]],
        "length" => &[&[String, Array, Object]],
        "map" => &[&[Expression], &[Array]],
        "max" | "min" => &[&[Numbers, Strings]],
        "max_by" | "min_by" | "sort_by" => &[&[Array], &[Expression]],
        "reverse" => &[&[Array, String]],
        "sort" => &[&[Strings, Numbers]],
        "not_null" | "to_array" | "to_number" | "to_string" | "type" => &[&[]],
        _ => return None,
    };
    let rest: &[Kind] = if name == "merge" { &[Object] } else { &[] };
    Some(Signature { kinds, rest, is_variadic: matches!(name, "merge" | "not_null") })
}

fn check_count(name: &str, signature: &Signature, count: usize) -> Result<(), QueryError> {
    let expected = signature.kinds.len();
    let (is_right, least) = if signature.is_variadic {
        (count >= expected, "at least ")
    } else {
        (count == expected, "")
    };
    if is_right {
        return Ok(());
    }
    let noun = if expected == 1 { "argument" } else { "arguments" };
    Err(QueryError(format!(
        "Expected {least}{expected} {noun} for function {name}(), received {count}"
    )))
}

fn check_kind(function: &str, kinds: &[Kind], value: &Value) -> Result<(), QueryError> {
    if kinds.is_empty() {
        return Ok(());
    }
    if !kinds.iter().any(|kind| kind.accepts(value)) {
        return Err(wrong_kind(function, kinds, value, type_name(value)));
    }
    let is_list_of_kind = kinds.iter().any(|kind| matches!(kind, Kind::Numbers | Kind::Strings));
    let Value::Array(items) = value else { return Ok(()) };
    let Some(first) = items.first().filter(|_| is_list_of_kind) else { return Ok(()) };
    let of_strings = match first {
        Value::String(_) => true,
        Value::Number(_) => false,
        _ => kinds.contains(&Kind::Strings),
    };
    let wanted = if of_strings { Kind::Strings } else { Kind::Numbers };
    let item_kind = if of_strings { Kind::String } else { Kind::Number };
    match items.iter().find(|item| !kinds.contains(&wanted) || !item_kind.accepts(item)) {
        Some(item) => Err(wrong_kind(function, kinds, item, python_type_name(item))),
        None => Ok(()),
    }
}

fn wrong_kind(function: &str, kinds: &[Kind], value: &Value, received: &str) -> QueryError {
    let kinds: Vec<_> = kinds.iter().map(|kind| format!("'{}'", kind.name())).collect();
    QueryError(format!(
        "In function {function}(), invalid type for value: {}, expected one of: [{}], received: \"{received}\"",
        python::str(value),
        kinds.join(", "),
    ))
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn python_type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

fn call_on_values(name: &str, first: Value, mut rest: Vec<Value>) -> Value {
    let second = |rest: &mut Vec<Value>| rest.pop().unwrap_or_default();
    match (name, first) {
        ("abs", Value::Number(number)) => Value::Number(absolute(&number)),
        ("ceil", Value::Number(number)) => rounded(&number, f64::ceil),
        ("floor", Value::Number(number)) => rounded(&number, f64::floor),
        ("avg", Value::Array(items)) => average(&items),
        ("sum", Value::Array(items)) => sum(&items),
        ("contains", Value::Array(items)) => {
            let wanted = second(&mut rest);
            Value::Bool(items.iter().any(|item| compare::are_equal(item, &wanted)))
        }
        ("contains", Value::String(text)) => {
            Value::Bool(second(&mut rest).as_str().is_some_and(|part| text.contains(part)))
        }
        ("starts_with", Value::String(text)) => {
            Value::Bool(second(&mut rest).as_str().is_some_and(|part| text.starts_with(part)))
        }
        ("ends_with", Value::String(text)) => {
            Value::Bool(second(&mut rest).as_str().is_some_and(|part| text.ends_with(part)))
        }
        ("join", Value::String(between)) => join(&between, &second(&mut rest)),
        ("keys", Value::Object(object)) => {
            Value::Array(object.members.into_iter().map(|(name, _)| name.into()).collect())
        }
        ("values", Value::Object(object)) => {
            Value::Array(object.members.into_iter().map(|(_, value)| value).collect())
        }
        ("merge", Value::Object(object)) => merge(object, rest),
        ("length", value) => Value::Number(length(&value).into()),
        ("max", Value::Array(items)) => best(items, Ordering::Greater),
        ("min", Value::Array(items)) => best(items, Ordering::Less),
        ("not_null", first) => std::iter::once(first)
            .chain(rest)
            .find(|value| *value != Value::Null)
            .unwrap_or_default(),
        ("reverse", Value::String(text)) => Value::String(text.chars().rev().collect()),
        ("reverse", Value::Array(items)) => Value::Array(items.into_iter().rev().collect()),
        ("sort", Value::Array(mut items)) => {
            items.sort_by(|left, right| compare::order(left, right).unwrap_or(Ordering::Equal));
            Value::Array(items)
        }
        ("to_array", Value::Array(items)) => Value::Array(items),
        ("to_array", other) => Value::Array(vec![other]),
        ("to_number", value) => to_number(value),
        ("to_string", Value::String(text)) => Value::String(text),
        ("to_string", other) => Value::String(compact(&other)),
        ("type", value) => type_name(&value).into(),
        (name, _) => unreachable!("the table of signatures does not let {name}() be called so"),
    }
}

fn call_with_expression(
    name: &str,
    items: Vec<Value>,
    expression: &Ast,
) -> Result<Value, QueryError> {
    if name == "map" {
        let found: Result<_, _> = items.iter().map(|item| evaluate(expression, item)).collect();
        return found.map(Value::Array);
    }
    let mut keyed = Vec::with_capacity(items.len());
    for item in items {
        keyed.push((evaluate(expression, &item)?, item));
    }
    check_keys(name, &keyed)?;
    let order =
        |left: &Value, right: &Value| compare::order(left, right).unwrap_or(Ordering::Equal);
    if name == "sort_by" {
        keyed.sort_by(|(left, _), (right, _)| order(left, right));
        return Ok(Value::Array(keyed.into_iter().map(|(_, item)| item).collect()));
    }
    let wanted = if name == "max_by" { Ordering::Greater } else { Ordering::Less };
    let better = |best: (Value, Value), next: (Value, Value)| {
        if order(&next.0, &best.0) == wanted { next } else { best }
    };
    Ok(keyed.into_iter().reduce(better).map_or(Value::Null, |(_, item)| item))
}

/// Checks that what an expression found in each item can be put in order.
fn check_keys(name: &str, keyed: &[(Value, Value)]) -> Result<(), QueryError> {
    let Some((first, item)) = keyed.first() else { return Ok(()) };
    let of_first: &[Kind] = match (name, first) {
        ("sort_by", Value::Number(_)) => &[Kind::Number],
        ("sort_by", Value::String(_)) => &[Kind::String],
        ("sort_by", key) => {
            return Err(wrong_kind(name, &[Kind::String, Kind::Number], item, type_name(key)));
        }
        _ => &[Kind::Number, Kind::String],
    };
    match keyed.iter().find(|(key, _)| !of_first.iter().any(|kind| kind.accepts(key))) {
        Some((key, _)) => Err(wrong_kind(name, of_first, key, type_name(key))),
        None => Ok(()),
    }
}

fn absolute(number: &Number) -> Number {
    if let Some(integer) = number.as_i64() {
        return integer.unsigned_abs().into();
    }
    let float = number.as_f64().filter(|_| number.is_f64());
    float.and_then(|float| Number::from_f64(float.abs())).unwrap_or_else(|| number.clone())
}

fn rounded(number: &Number, round: fn(f64) -> f64) -> Value {
    if !number.is_f64() {
        return Value::Number(number.clone());
    }
    let float = round(number.as_f64().unwrap_or_default());
    let whole = format!("{float:.0}");
    Value::Number(whole.parse().unwrap_or_else(|_| number.clone()))
}

fn sum(items: &[Value]) -> Value {
    let numbers =
        || items.iter().filter_map(|item| if let Value::Number(n) = item { Some(n) } else { None });
    let whole = numbers().try_fold(0_i64, |sum, number| sum.checked_add(number.as_i64()?));
    whole.map_or_else(
        || float(numbers().filter_map(Number::as_f64).sum()),
        |whole| Value::Number(whole.into()),
    )
}

fn average(items: &[Value]) -> Value {
    let Value::Number(sum) = sum(items) else { return Value::Null };
    let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
    if count == 0 {
        Value::Null
    } else {
        float(sum.as_f64().unwrap_or_default() / f64::from(count))
    }
}

fn float(value: f64) -> Value {
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

fn join(between: &str, items: &Value) -> Value {
    let Value::Array(items) = items else { return Value::Null };
    let texts: Vec<_> = items.iter().filter_map(Value::as_str).collect();
    texts.join(between).into()
}

fn merge(mut object: Object, rest: Vec<Value>) -> Value {
    for other in rest {
        if let Value::Object(other) = other {
            for (name, value) in other.members {
                object.set(name, value);
            }
        }
    }
    object.order = crate::cli::value::Order::Received;
    Value::Object(object)
}

fn length(value: &Value) -> usize {
    match value {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.len(),
        Value::Object(object) => object.members.len(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

fn best(items: Vec<Value>, wanted: Ordering) -> Value {
    let better = |best: Value, next: Value| {
        if compare::order(&next, &best) == Some(wanted) { next } else { best }
    };
    items.into_iter().reduce(better).unwrap_or_default()
}

fn to_number(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::Number(number),
        Value::String(text) => text.parse().map_or(Value::Null, Value::Number),
        _ => Value::Null,
    }
}

fn compact(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(compact).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(object) => {
            let members: Vec<_> = object
                .members
                .iter()
                .map(|(name, value)| format!("{}:{}", json::quoted(name), compact(value)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        scalar => json::print(scalar).trim_end().to_owned(),
    }
}
