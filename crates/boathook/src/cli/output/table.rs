//! Tables as `az` prints them: headings, a rule of dashes, columns two blanks apart.
//!
//! What a command shows without a query is its own choice, made in `columns.rs` of the command; this file turns
//! any list of objects into columns.

use crate::cli::output::python;
use crate::cli::value::Value;

/// Members that a table leaves out, unless a query renames them.
const HIDDEN: [&str; 3] = ["id", "type", "etag"];
/// Blanks that a heading keeps free on its right, so that narrow columns do not crowd.
const HEADING_PADDING: usize = 2;

/// Returns the value as a table with a newline at its end.
pub(crate) fn print(value: &Value) -> String {
    let rows: Vec<Row> = match value {
        Value::Array(items) => items.iter().map(row).collect(),
        single => vec![row(single)],
    };
    let mut headings: Vec<&str> = Vec::new();
    for (heading, _) in rows.iter().flatten() {
        if !headings.contains(&heading.as_str()) {
            headings.push(heading);
        }
    }
    if headings.is_empty() {
        return "\n".to_owned();
    }
    let columns: Vec<Column> = headings.iter().map(|heading| Column::new(heading, &rows)).collect();
    let mut out = String::new();
    push_line(&mut out, &columns, |column| column.heading.to_owned());
    push_line(&mut out, &columns, |column| "-".repeat(column.width));
    for index in 0..rows.len() {
        let height =
            columns.iter().map(|column| column.cells[index].len()).max().unwrap_or(1).max(1);
        for line in 0..height {
            push_line(&mut out, &columns, |column| {
                column.cells[index].get(line).cloned().unwrap_or_default()
            });
        }
    }
    out
}

type Row = Vec<(String, String)>;

fn row(value: &Value) -> Row {
    match value {
        Value::Object(object) => object
            .members
            .iter()
            .filter(|(name, value)| !HIDDEN.contains(&name.as_str()) && is_scalar(value))
            .map(|(name, value)| (capitalized(name), python::str(value)))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| (format!("Column{}", index + 1), cell(item)))
            .collect(),
        scalar => vec![("Result".to_owned(), cell(scalar))],
    }
}

fn is_scalar(value: &Value) -> bool {
    matches!(value, Value::Bool(_) | Value::Number(_) | Value::String(_))
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        other => python::str(other),
    }
}

fn capitalized(name: &str) -> String {
    let mut rest = name.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

struct Column<'a> {
    heading: &'a str,
    /// Characters, not bytes; a wide character counts as one, as it does for `az`.
    width: usize,
    /// The lines of each cell.
    cells: Vec<Vec<String>>,
}

impl<'a> Column<'a> {
    fn new(heading: &'a str, rows: &[Row]) -> Self {
        let cells: Vec<Vec<String>> = rows
            .iter()
            .map(|row| {
                let text =
                    row.iter().find(|(name, _)| name == heading).map_or("", |(_, text)| text);
                text.trim().lines().map(str::to_owned).collect()
            })
            .collect();
        let widest = cells.iter().flatten().map(|line| line.chars().count()).max().unwrap_or(0);
        Self { heading, width: widest.max(heading.chars().count() + HEADING_PADDING), cells }
    }
}

fn push_line(out: &mut String, columns: &[Column<'_>], text: impl Fn(&Column<'_>) -> String) {
    let cells: Vec<String> = columns
        .iter()
        .map(|column| format!("{:<width$}", text(column), width = column.width))
        .collect();
    out.push_str(cells.join("  ").trim_end());
    out.push('\n');
}
