//! `--set`, `--add` and `--remove`: changes by path, for what has no flag of its own.
//!
//! They are applied in the order in which they were typed, to the changes that are about to be sent and not to the
//! resource as it is: an update says what is to be different, and reads nothing first.

use clap::parser::ArgMatches;
use clap::{Arg, ArgAction};
use serde_json::Value as Json;

use crate::cli::failure::Failure;

const ADD_USAGE: &str =
    "invalid syntax: `--add property.listProperty <key=value, string or JSON string>`";
const REMOVE_USAGE: &str =
    "invalid syntax: `--remove property.list <indexToRemove>` OR `--remove propertyToRemove`";

/// The changes by path, in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct GenericUpdate {
    changes: Vec<Change>,
    force_string: bool,
}

#[derive(Clone, Debug)]
enum Change {
    Set(String),
    Add(Vec<String>),
    Remove(Vec<String>),
}

impl clap::Args for GenericUpdate {
    fn augment_args(command: clap::Command) -> clap::Command {
        let arg = |name: &'static str, names: [&'static str; 1], help: &'static str| {
            Arg::new(name)
                .long(name)
                .action(ArgAction::Append)
                .num_args(1..)
                .value_names(names)
                .help(help)
                .help_heading("Generic Update Arguments")
        };
        command
            .arg(arg(
                "set",
                ["PATH=VALUE"],
                "Update an object by specifying a property path and value to set.  Example: `--set property1.property2=<value>`.",
            ))
            .arg(arg(
                "add",
                ["PATH VALUE"],
                "Add an object to a list of objects by specifying a path and key value pairs.  Example: `--add property.listProperty <key=value, string or JSON string>`.",
            ))
            .arg(arg(
                "remove",
                ["PATH [INDEX]"],
                "Remove a property or an element from a list.  Example: `--remove property.list <indexToRemove>` OR `--remove propertyToRemove`.",
            ))
            .arg(
                Arg::new("force-string")
                    .long("force-string")
                    .action(ArgAction::SetTrue)
                    .help("When using 'set' or 'add', preserve string literals instead of attempting to convert to JSON.")
                    .help_heading("Generic Update Arguments"),
            )
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for GenericUpdate {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut changes: Vec<(usize, Change)> = Vec::new();
        for name in ["set", "add", "remove"] {
            let mut indices = matches.indices_of(name).into_iter().flatten();
            for values in matches.get_occurrences::<String>(name).into_iter().flatten() {
                let values: Vec<String> = values.cloned().collect();
                let index = indices.next().unwrap_or_default();
                indices.by_ref().take(values.len() - 1).for_each(drop);
                match name {
                    "set" => {
                        changes.extend(values.into_iter().map(|value| (index, Change::Set(value))));
                    }
                    "add" => changes.push((index, Change::Add(values))),
                    _ => changes.push((index, Change::Remove(values))),
                }
            }
        }
        changes.sort_by_key(|(index, _)| *index);
        let changes = changes.into_iter().map(|(_, change)| change).collect();
        Ok(Self { changes, force_string: matches.get_flag("force-string") })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl GenericUpdate {
    /// Applies the changes to the body of an update.
    ///
    /// `properties` are the members kept under `properties`, which may be named with or without it; `others` are
    /// those beside it.
    pub(crate) fn apply(
        &self,
        body: &mut Json,
        properties: &[&str],
        others: &[&str],
    ) -> Result<(), Failure> {
        for change in &self.changes {
            let path = match change {
                Change::Set(assignment) => split_assignment(assignment)?.0,
                Change::Add(words) | Change::Remove(words) => {
                    words.first().map_or("", String::as_str)
                }
            };
            let path = located(path, properties, others)?;
            match change {
                Change::Set(assignment) => {
                    let (_, value) = split_assignment(assignment)?;
                    let (last, parents) = path.split_last().expect("because a path is never empty");
                    set(find(body, parents)?, last, self.parsed(value), &parents.join("."))?;
                }
                Change::Add(words) => self.add(find(body, &path)?, &words[1..])?,
                Change::Remove(words) => remove(body, &path, words.get(1))?,
            }
        }
        Ok(())
    }

    fn add(&self, list: &mut Json, words: &[String]) -> Result<(), Failure> {
        if list.is_null() {
            *list = Json::Array(Vec::new());
        }
        let Json::Array(list) = list else { return Err(Failure::Argument(ADD_USAGE.to_owned())) };
        let mut object = serde_json::Map::new();
        for word in words {
            // Pairs that follow each other make one object.
            if let Some((key, value)) = word.split_once('=') {
                object.insert(key.to_owned(), value.into());
                continue;
            }
            if !object.is_empty() {
                list.push(std::mem::take(&mut object).into());
            }
            list.push(self.parsed(word));
        }
        if !object.is_empty() {
            list.push(object.into());
        }
        Ok(())
    }

    /// Reads a value as JSON, also with single quotes, which are easier to type; what is no JSON is text.
    fn parsed(&self, text: &str) -> Json {
        if self.force_string {
            return text.into();
        }
        let quoted_singly = text.starts_with(['[', '{']) && !text.contains('"');
        let json = serde_json::from_str(text).ok();
        json.or_else(|| {
            quoted_singly.then(|| serde_json::from_str(&text.replace('\'', "\"")).ok()).flatten()
        })
        .unwrap_or_else(|| text.into())
    }
}

/// Splits `path=value` at its first equals sign outside brackets.
fn split_assignment(text: &str) -> Result<(&str, &str), Failure> {
    let mut is_inside = false;
    let at = text.find(|c| {
        is_inside = (is_inside || c == '[') && c != ']';
        c == '=' && !is_inside
    });
    match at.map(|at| (&text[..at], &text[at + 1..])) {
        Some((path, value)) if !path.trim().is_empty() => Ok((path, value)),
        _ => Err(Failure::Argument(
            "usage error: Empty key in --set. Correct syntax: --set KEY=VALUE [KEY=VALUE ...]"
                .to_owned(),
        )),
    }
}

/// Returns the steps of a path from the top of the body: `actions[0]` as `properties`, `actions`, `[0]`.
fn located<'a>(
    path: &'a str,
    properties: &[&str],
    others: &[&str],
) -> Result<Vec<&'a str>, Failure> {
    let mut steps: Vec<&str> = Vec::new();
    for part in path.split('.') {
        let (name, indices) = part.find('[').map_or((part, ""), |at| part.split_at(at));
        steps.extend(Some(name).filter(|name| !name.is_empty()));
        steps.extend(indices.split_inclusive(']').filter(|index| !index.is_empty()));
    }
    let (&first, second) = (steps.first().unwrap_or(&""), steps.get(1));
    if properties.contains(&first) {
        steps.insert(0, "properties");
        return Ok(steps);
    }
    let is_known = others.contains(&first)
        || (first == "properties" && second.is_none_or(|second| properties.contains(second)));
    if is_known {
        return Ok(steps);
    }
    let (name, parent) = match second {
        Some(second) if first == "properties" => (*second, first),
        _ => (first, ""),
    };
    let mut options = [properties, others].concat();
    options.sort_unstable();
    Err(Failure::Argument(format!(
        "Couldn't find '{name}' in '{parent}'. Available options: {options:?}"
    )))
}

fn index(step: &str) -> Option<usize> {
    step.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// Walks down a path; what is not there yet is made.
fn find<'a>(mut at: &'a mut Json, path: &[&str]) -> Result<&'a mut Json, Failure> {
    for step in path {
        at = match (index(step), at) {
            (Some(index), Json::Array(items)) => items.get_mut(index),
            (None, Json::Object(members)) => Some(members.entry(*step).or_insert(Json::Null)),
            (None, empty @ Json::Null) => {
                *empty = Json::Object(serde_json::Map::new());
                empty.as_object_mut().map(|members| members.entry(*step).or_insert(Json::Null))
            }
            _ => None,
        }
        .ok_or_else(|| {
            Failure::Argument(format!("'{step}' doesn't exist in '{}'", path.join(".")))
        })?;
    }
    Ok(at)
}

fn set(parent: &mut Json, name: &str, value: Json, path: &str) -> Result<(), Failure> {
    match index(name) {
        Some(index) => {
            let missing = || Failure::Argument(format!("index {index} doesn't exist on {path}"));
            *parent.get_mut(index).ok_or_else(missing)? = value;
        }
        None => *find(parent, &[name])? = value,
    }
    Ok(())
}

fn remove(body: &mut Json, path: &[&str], index: Option<&String>) -> Result<(), Failure> {
    let (last, parents) = path.split_last().expect("because a path is never empty");
    let Some(index) = index else {
        find(body, path)?;
        if let Json::Object(members) = find(body, parents)? {
            members.remove(*last);
        }
        return Ok(());
    };
    let at: usize = index.parse().map_err(|_| Failure::Argument(REMOVE_USAGE.to_owned()))?;
    match find(body, path)? {
        Json::Array(items) if at < items.len() => drop(items.remove(at)),
        Json::Array(_) => {
            return Err(Failure::Argument(format!("index {at} doesn't exist on {last}")));
        }
        _ => return Err(Failure::Argument(format!("{last} doesn't exist"))),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::FromArgMatches;
    use serde_json::json;

    use super::*;

    fn apply(words: &[&str]) -> Result<Json, String> {
        let command = <GenericUpdate as clap::Args>::augment_args(clap::Command::new("update"));
        let words = std::iter::once("update").chain(words.iter().copied());
        let matches = command.try_get_matches_from(words).map_err(|error| error.to_string())?;
        let update = GenericUpdate::from_arg_matches(&matches).unwrap();
        let mut body = json!({});
        let properties = ["actions", "customHeaders", "scope", "serviceUri", "status"];
        update.apply(&mut body, &properties, &["tags"]).map_err(|failure| failure.to_string())?;
        Ok(body)
    }

    /// What az 2.91 sent for the same words.
    #[test]
    fn changes_are_sent_as_az_sends_them() {
        for (words, expected) in [
            (vec!["--set", "properties.scope=abc"], json!({"properties":{"scope":"abc"}})),
            (
                vec!["--set", "scope=abc", "--set", r#"customHeaders={"a":"b"}"#],
                json!({"properties":{"scope":"abc","customHeaders":{"a":"b"}}}),
            ),
            (
                vec!["--set", r#"actions=["push"]"#, "tags.env=1"],
                json!({"properties":{"actions":["push"]},"tags":{"env":1}}),
            ),
            (
                vec!["--add", "actions", "push", "delete"],
                json!({"properties":{"actions":["push","delete"]}}),
            ),
            (
                vec!["--add", "actions", "push", "--remove", "actions", "0"],
                json!({"properties":{"actions":[]}}),
            ),
            (vec!["--force-string", "--set", "scope=1"], json!({"properties":{"scope":"1"}})),
            (vec!["--set", "scope=1"], json!({"properties":{"scope":1}})),
            (vec!["--remove", "scope"], json!({"properties":{}})),
            (vec!["--set", "customHeaders.a=1"], json!({"properties":{"customHeaders":{"a":1}}})),
            (vec!["--set", "actions=['push']"], json!({"properties":{"actions":["push"]}})),
            (
                vec!["--set", "scope=a", "--remove", "scope", "--set", "status=b"],
                json!({"properties":{"status":"b"}}),
            ),
            (
                vec!["--set", "actions=[\"push\"]", "--set", "actions[0]=delete"],
                json!({"properties":{"actions":["delete"]}}),
            ),
        ] {
            assert_eq!(apply(&words), Ok(expected), "{words:?}");
        }
    }

    #[test]
    fn a_path_that_leads_nowhere_is_refused_with_what_would_lead_somewhere() {
        let options = r#"Available options: ["actions", "customHeaders", "scope", "serviceUri", "status", "tags"]"#;
        for (words, expected) in [
            (vec!["--set", "nope=1"], format!("Couldn't find 'nope' in ''. {options}")),
            (
                vec!["--set", "properties.nope=1"],
                format!("Couldn't find 'nope' in 'properties'. {options}"),
            ),
            (vec!["--remove", "nope"], format!("Couldn't find 'nope' in ''. {options}")),
            (
                vec!["--set", "=1"],
                "usage error: Empty key in --set. Correct syntax: --set KEY=VALUE [KEY=VALUE ...]"
                    .to_owned(),
            ),
            (vec!["--set", "scope=a", "--add", "scope", "x"], ADD_USAGE.to_owned()),
            (vec!["--remove", "actions", "3"], "actions doesn't exist".to_owned()),
            (
                vec!["--add", "actions", "push", "--remove", "actions", "3"],
                "index 3 doesn't exist on actions".to_owned(),
            ),
            (vec!["--remove", "actions", "x"], REMOVE_USAGE.to_owned()),
            (
                vec!["--set", "actions[0]=push"],
                "index 0 doesn't exist on properties.actions".to_owned(),
            ),
        ] {
            assert_eq!(apply(&words), Err(expected), "{words:?}");
        }
    }
}
