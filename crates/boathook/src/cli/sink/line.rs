//! The line that a request leaves.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use hyper::HeaderMap;
use hyper::http::request::Parts;
use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::cli::output::console::Console;

/// What arrived, member by member as it is printed.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    /// UTC, seven digits of fraction.
    time: String,
    method: String,
    /// Path and query.
    path: String,
    #[serde(serialize_with = "joined")]
    headers: HeaderMap,
    /// The body as text; bytes that are no UTF-8 show as U+FFFD.
    body: String,
}

impl Line {
    /// Makes the line of a request that arrived just now.
    pub(super) fn new(head: &Parts, body: &[u8]) -> Self {
        Self {
            time: now(),
            method: head.method.to_string(),
            path: head
                .uri
                .path_and_query()
                .map_or_else(|| head.uri.to_string(), ToString::to_string),
            headers: head.headers.clone(),
            body: String::from_utf8_lossy(body).into_owned(),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the sink says when something arrived, in a process of its own"
)]
fn now() -> String {
    format!("{:.7}", Timestamp::now())
}

/// Writes headers as an object of name to one string; what came more than once is joined by a comma and a blank.
fn joined<S: Serializer>(headers: &HeaderMap, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(headers.keys().map(|name| {
        let values: Vec<_> = headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect();
        (name.as_str(), values.join(", "))
    }))
}

/// Opens the file that lines are appended to.
pub(super) fn open(path: &Path) -> anyhow::Result<File> {
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.with_context(|| format!("could not open {} for --log", path.display()))
}

/// Prints a line, and appends it to the log; says whether anybody still reads.
pub(super) fn print(
    line: &Line,
    console: &mut Console<'_>,
    log: Option<&mut File>,
) -> anyhow::Result<bool> {
    let mut text = serde_json::to_string(line).expect("because a line holds nothing but text");
    text.push('\n');
    if let Some(log) = log {
        log.write_all(text.as_bytes()).context("could not write to --log")?;
    }
    console.is_read(&text).context("could not print what arrived")
}
