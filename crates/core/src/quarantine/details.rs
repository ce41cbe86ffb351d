//! What a verdict rests on: JSON of ACR's schema, kept as it came.
//!
//! Source: Azure/acr, `docs/preview/quarantine/quarantine-details/schema.json`, and `scanner`, which the schema's later
//! texts have. It closes the outermost object alone: what else is in `result` is nobody's business.

use serde_json::{Map, Value};
use std::str::FromStr;

/// The longest details, in bytes.
const DETAILS_BYTES_MAX: usize = 8 * 1024;
/// The longest description of a result, in characters.
const DESCRIPTION_CHARS_MAX: usize = 1_024;
/// How many entries the summary of a result has at most.
const SUMMARY_MAX: usize = 5;
/// How much of a member's name is repeated, in characters.
const NAME_CHARS_MAX: usize = 64;

/// Details that have the schema's form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details(String);

/// Why a text is no details.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidDetails {
    /// It is too long.
    #[error("`quarantineDetails` has at most {DETAILS_BYTES_MAX} bytes")]
    TooLong,
    /// It is no JSON, or JSON too deep to be honest.
    #[error("`quarantineDetails` is not a JSON object in a string: {0}")]
    Json(String),
    /// A member that the schema does not have.
    #[error(
        "`quarantineDetails` has no member `{0}`: there are `scanner`, `state`, `link` and `result`"
    )]
    Unknown(String),
    /// A member is missing or has the wrong shape.
    #[error("`{path}` in `quarantineDetails` {expected}")]
    Member {
        /// Where.
        path: String,
        /// What would be right.
        expected: String,
    },
}

impl Details {
    /// The text as it came.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Details {
    type Err = InvalidDetails;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if DETAILS_BYTES_MAX < text.len() {
            return Err(InvalidDetails::TooLong);
        }
        let object: Map<String, Value> =
            serde_json::from_str(text).map_err(|error| InvalidDetails::Json(error.to_string()))?;
        for (name, value) in &object {
            match name.as_str() {
                "scanner" | "state" | "link" => check_string(name, value)?,
                "result" => check_result(value)?,
                _ => {
                    return Err(InvalidDetails::Unknown(
                        name.chars().take(NAME_CHARS_MAX).collect(),
                    ));
                }
            }
        }
        Ok(Self(text.to_owned()))
    }
}

fn check_result(result: &Value) -> Result<(), InvalidDetails> {
    let result = result.as_object().ok_or_else(|| wrong("result", "has to be an object"))?;
    let version = result.get("version");
    let version = version.ok_or_else(|| wrong("result.version", "has to be there"))?;
    check_string("result.version", version)?;
    if let Some(description) = result.get("description") {
        check_string("result.description", description)?;
        let is_long = |text: &str| text.chars().nth(DESCRIPTION_CHARS_MAX).is_some();
        if description.as_str().is_some_and(is_long) {
            let expected = format!("has at most {DESCRIPTION_CHARS_MAX} characters");
            return Err(wrong("result.description", &expected));
        }
    }
    let summary = result.get("summary");
    let summary = summary.ok_or_else(|| wrong("result.summary", "has to be there"))?;
    let summary =
        summary.as_array().ok_or_else(|| wrong("result.summary", "has to be an array"))?;
    if SUMMARY_MAX < summary.len() {
        return Err(wrong("result.summary", &format!("has at most {SUMMARY_MAX} entries")));
    }
    for (idx, entry) in summary.iter().enumerate() {
        check_entry(&format!("result.summary[{idx}]"), entry)?;
    }
    Ok(())
}

fn check_entry(path: &str, entry: &Value) -> Result<(), InvalidDetails> {
    let entry = entry.as_object().ok_or_else(|| wrong(path, "has to be an object"))?;
    let severity = entry.get("severity");
    let is_known = |severity: &Value| {
        matches!(severity.as_str(), Some("Critical" | "High" | "Medium" | "Low" | "None"))
    };
    if severity.is_some_and(|severity| !is_known(severity)) {
        let expected = "has to be `Critical`, `High`, `Medium`, `Low` or `None`";
        return Err(wrong(&format!("{path}.severity"), expected));
    }
    let is_whole = |count: &Value| count.is_i64() || count.is_u64();
    if entry.get("count").is_some_and(|count| !is_whole(count)) {
        return Err(wrong(&format!("{path}.count"), "has to be a whole number"));
    }
    Ok(())
}

fn check_string(path: &str, value: &Value) -> Result<(), InvalidDetails> {
    if value.is_string() { Ok(()) } else { Err(wrong(path, "has to be a string")) }
}

fn wrong(path: &str, expected: &str) -> InvalidDetails {
    InvalidDetails::Member { path: path.to_owned(), expected: expected.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[track_caller]
    fn accept(text: &str) {
        assert_eq!(text.parse::<Details>().unwrap().as_str(), text);
    }

    #[track_caller]
    fn refuse(text: &str, expected: &str) {
        assert_eq!(text.parse::<Details>().unwrap_err().to_string(), expected, "{text}");
    }

    fn result(members: &str) -> String {
        format!(r#"{{"result":{{"version":"1","summary":[]{members}}}}}"#)
    }

    fn summary(entries: &str) -> String {
        format!(r#"{{"result":{{"version":"1","summary":[{entries}]}}}}"#)
    }

    #[test]
    fn what_scanners_send_is_taken_as_it_is() {
        accept("{}");
        accept(r#" { "state" : "scan passed", "link": "http://test.io/test" } "#);
        accept(
            r#"{"scanner":"SecurityCenter","state":"ScanState","link":"https://testresult/summary","result":{"version":"0.0.1","summary":[{"severity":"Critical","count":10}]}}"#,
        );
        accept(&result(""));
        accept(&result(r#","description":"d","more":{"of":["it"]}"#));
        accept(&summary(r#"{"severity":"None","count":0,"more":1},{}"#));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let known = "there are `scanner`, `state`, `link` and `result`";
        refuse(r#"{"State":"x"}"#, &format!("`quarantineDetails` has no member `State`: {known}"));
        let long = format!(r#"{{"{}":1}}"#, "é".repeat(65));
        let shown = "é".repeat(64);
        refuse(&long, &format!("`quarantineDetails` has no member `{shown}`: {known}"));
        for (text, path, expected) in [
            (r#"{"scanner":1}"#, "scanner", "has to be a string"),
            (r#"{"link":null}"#, "link", "has to be a string"),
            (r#"{"result":[]}"#, "result", "has to be an object"),
            (r#"{"result":{"summary":[]}}"#, "result.version", "has to be there"),
            (r#"{"result":{"version":1}}"#, "result.version", "has to be a string"),
            (r#"{"result":{"version":"1"}}"#, "result.summary", "has to be there"),
            (r#"{"result":{"version":"1","summary":{}}}"#, "result.summary", "has to be an array"),
            (&result(r#","description":1"#), "result.description", "has to be a string"),
            (&summary("1"), "result.summary[0]", "has to be an object"),
            (
                &summary(r#"{},{"severity":"critical"}"#),
                "result.summary[1].severity",
                "has to be `Critical`, `High`, `Medium`, `Low` or `None`",
            ),
            (&summary(r#"{"count":1.5}"#), "result.summary[0].count", "has to be a whole number"),
        ] {
            refuse(text, &format!("`{path}` in `quarantineDetails` {expected}"));
        }
        for text in ["", "[]", "null", "{", r#"{"state":"a"} {}"#] {
            let invalid = text.parse::<Details>().unwrap_err();
            assert!(matches!(invalid, InvalidDetails::Json(_)), "{text:?}");
        }
    }

    #[test]
    fn every_limit_passes_and_one_more_does_not() {
        let description = |chars| result(&format!(r#","description":"{}""#, "é".repeat(chars)));
        accept(&description(DESCRIPTION_CHARS_MAX));
        let expected = "`result.description` in `quarantineDetails` has at most 1024 characters";
        refuse(&description(DESCRIPTION_CHARS_MAX + 1), expected);
        let entries = |count| summary(&vec!["{}"; count].join(","));
        accept(&entries(SUMMARY_MAX));
        let expected = "`result.summary` in `quarantineDetails` has at most 5 entries";
        refuse(&entries(SUMMARY_MAX + 1), expected);
        let whole = |bytes: usize| format!(r#"{{"link":"{}"}}"#, "x".repeat(bytes - 11));
        assert_eq!(whole(DETAILS_BYTES_MAX).len(), DETAILS_BYTES_MAX);
        accept(&whole(DETAILS_BYTES_MAX));
        refuse(&whole(DETAILS_BYTES_MAX + 1), "`quarantineDetails` has at most 8192 bytes");
        let deep =
            |depth| result(&format!(r#","more":{}{}"#, "[".repeat(depth), "]".repeat(depth)));
        accept(&deep(100));
        let invalid = deep(200).parse::<Details>().unwrap_err();
        assert!(matches!(invalid, InvalidDetails::Json(_)), "{invalid}");
    }

    proptest! {
        #[test]
        fn whatever_has_the_form_is_taken(
            texts in proptest::collection::vec(proptest::option::of("\\PC{0,20}"), 3),
            counts in proptest::collection::vec((0..5_usize, any::<i64>()), 0..=5),
            description in proptest::option::of("\\PC{0,100}"),
        ) {
            let severities = ["Critical", "High", "Medium", "Low", "None"];
            let entry = |(idx, count): &(usize, i64)| json!({ "severity": severities[*idx], "count": count });
            let mut result = json!({ "version": "1", "summary": counts.iter().map(entry).collect::<Vec<_>>() });
            if let Some(description) = description {
                result["description"] = description.into();
            }
            let mut details = json!({ "result": result });
            for (name, text) in ["scanner", "state", "link"].into_iter().zip(texts) {
                if let Some(text) = text {
                    details[name] = text.into();
                }
            }
            prop_assert!(details.to_string().parse::<Details>().is_ok());
        }

        #[test]
        fn no_text_breaks_the_reader(text in "[\\[\\]{}\":,a-z0-9]{0,200}") {
            if let Ok(details) = text.parse::<Details>() {
                prop_assert_eq!(details.as_str(), text);
            }
        }
    }
}
