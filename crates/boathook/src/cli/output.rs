//! What a command answered, in the format that was asked for.
//!
//! Each format is in a file of its own; [`console`] is the only way from here to a terminal or a pipe.

pub(crate) mod colour;
pub(crate) mod console;
pub(crate) mod json;
pub(crate) mod python;
pub(crate) mod table;
pub(crate) mod tsv;
pub(crate) mod yaml;

use crate::cli::value::Value;

/// The formats of `--output`.
#[derive(Clone, Copy, Debug, Default, PartialEq, clap::ValueEnum)]
pub(crate) enum Format {
    /// JSON
    #[default]
    Json,
    /// JSON, coloured on a terminal
    Jsonc,
    /// YAML
    Yaml,
    /// YAML, coloured on a terminal
    Yamlc,
    /// A table for people
    Table,
    /// Tab-separated values for scripts
    Tsv,
    /// Nothing
    None,
}

/// Returns the text of an answer; `is_coloured` says whether the reader shows colours.
pub(crate) fn text(value: &Value, format: Format, is_coloured: bool) -> String {
    match format {
        Format::Jsonc if is_coloured => colour::json(&json::print(value)),
        Format::Json | Format::Jsonc => json::print(value),
        Format::Yamlc if is_coloured => yaml::print_coloured(value),
        Format::Yaml | Format::Yamlc => yaml::print(value),
        Format::Table => table::print(value),
        Format::Tsv => tsv::print(value),
        Format::None => String::new(),
    }
}
