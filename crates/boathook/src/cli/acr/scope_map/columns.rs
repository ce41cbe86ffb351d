//! What tables show of scope maps.

use crate::cli::acr::columns::{date, each, text};
use crate::cli::output::python;
use crate::cli::value::Value;

/// Characters of a description that a table shows.
const DESCRIPTION_CHARS_MAX: usize = 57;

/// Picks the columns of scope maps.
pub(super) fn scope_maps(value: &Value) -> Value {
    each(value, |scope_map| {
        Value::object([
            ("NAME", text(scope_map, &["name"])),
            // `az` looks for it where it is not, and shows nothing.
            ("TYPE", " ".into()),
            ("CREATION DATE", date(scope_map, &["creationDate"])),
            ("DESCRIPTION", shortened(&text(scope_map, &["description"]))),
        ])
    })
}

fn shortened(description: &Value) -> Value {
    let description = python::str(description);
    if description.chars().count() <= DESCRIPTION_CHARS_MAX {
        return description.into();
    }
    let start: String = description.chars().take(DESCRIPTION_CHARS_MAX).collect();
    format!("{start}...").into()
}
