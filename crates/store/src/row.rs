//! Parameters and rows, the same for both engines.
//!
//! Columns are only ever `BIGINT`, text or bytes: times are milliseconds, lists and JSON are text.

use rusqlite::types::{ToSqlOutput, ValueRef};
use std::borrow::Cow;
use tokio_postgres::types::{IsNull, ToSql, Type, private::BytesMut};

/// A parameter of a statement.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Bytes(value)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// PostgreSQL's texts have no NUL, so that ours have none either: clients may send what they like.
fn without_nul(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text.into() }
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Text(value) => match without_nul(value) {
                Cow::Borrowed(text) => ValueRef::Text(text.as_bytes()),
                Cow::Owned(text) => return Ok(ToSqlOutput::from(text)),
            },
            Self::Bytes(value) => ValueRef::Blob(value),
        }))
    }
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            // Beside a constant, PostgreSQL takes a parameter for a smaller number than ours.
            Self::Int(value) if *ty == Type::INT4 => i32::try_from(*value)?.to_sql(ty, out),
            Self::Int(value) => value.to_sql(ty, out),
            Self::Text(value) => without_nul(value).as_ref().to_sql(ty, out),
            Self::Bytes(value) => value.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    tokio_postgres::types::to_sql_checked!();
}

/// Makes a slice of parameters from anything that can be one.
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::row::Value::from($value)),*] };
}
pub(crate) use params;

/// A row that has been read. Asking for a column that is not of the asked type is a fault of ours, and panics.
#[derive(Debug)]
pub(crate) struct Row(Vec<Column>);

#[derive(Debug)]
enum Column {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Row {
    pub(crate) fn from_sqlite(
        row: &rusqlite::Row<'_>,
        column_count: usize,
    ) -> rusqlite::Result<Self> {
        let column = |idx| {
            Ok(match row.get_ref(idx)? {
                ValueRef::Null => Column::Null,
                ValueRef::Integer(value) => Column::Int(value),
                ValueRef::Text(text) => Column::Text(String::from_utf8_lossy(text).into_owned()),
                ValueRef::Blob(bytes) => Column::Bytes(bytes.to_vec()),
                ValueRef::Real(_) => unreachable!("no column holds a fraction"),
            })
        };
        (0..column_count).map(column).collect::<rusqlite::Result<_>>().map(Self)
    }

    pub(crate) fn from_postgres(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
        let column = |(idx, column): (usize, &tokio_postgres::Column)| {
            Ok(match *column.type_() {
                Type::INT8 => row.try_get::<_, Option<i64>>(idx)?.map_or(Column::Null, Column::Int),
                Type::INT4 => row
                    .try_get::<_, Option<i32>>(idx)?
                    .map_or(Column::Null, |value| Column::Int(value.into())),
                Type::BYTEA => {
                    row.try_get::<_, Option<Vec<u8>>>(idx)?.map_or(Column::Null, Column::Bytes)
                }
                _ => row.try_get::<_, Option<String>>(idx)?.map_or(Column::Null, Column::Text),
            })
        };
        row.columns().iter().enumerate().map(column).collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn int(&self, idx: usize) -> i64 {
        self.opt_int(idx).expect("the column is not null")
    }

    pub(crate) fn opt_int(&self, idx: usize) -> Option<i64> {
        match &self.0[idx] {
            Column::Null => None,
            Column::Int(value) => Some(*value),
            other => panic!("column {idx} is no number but {other:?}"),
        }
    }

    pub(crate) fn text(&self, idx: usize) -> &str {
        self.opt_text(idx).expect("the column is not null")
    }

    pub(crate) fn opt_text(&self, idx: usize) -> Option<&str> {
        match &self.0[idx] {
            Column::Null => None,
            Column::Text(text) => Some(text),
            other => panic!("column {idx} is no text but {other:?}"),
        }
    }

    /// The column as one of core's names, which were parsed before they were stored.
    pub(crate) fn parsed<T>(&self, idx: usize) -> T
    where
        T: std::str::FromStr<Err: std::fmt::Debug>,
    {
        self.text(idx).parse().expect("what is stored was parsed before")
    }

    /// The same of a column that may be null.
    pub(crate) fn opt_parsed<T>(&self, idx: usize) -> Option<T>
    where
        T: std::str::FromStr<Err: std::fmt::Debug>,
    {
        self.opt_text(idx).map(|text| text.parse().expect("what is stored was parsed before"))
    }

    /// The column as a parameter of another statement.
    pub(crate) fn value(&self, idx: usize) -> Value<'_> {
        match &self.0[idx] {
            Column::Null => Value::Null,
            Column::Int(value) => Value::Int(*value),
            Column::Text(text) => Value::Text(text),
            Column::Bytes(bytes) => Value::Bytes(bytes),
        }
    }

    /// Takes the bytes out of the row.
    pub(crate) fn take_bytes(&mut self, idx: usize) -> Option<Vec<u8>> {
        match std::mem::replace(&mut self.0[idx], Column::Null) {
            Column::Null => None,
            Column::Bytes(bytes) => Some(bytes),
            other => panic!("column {idx} is not bytes but {other:?}"),
        }
    }
}
