//! The actions of scope maps as they are typed: `--repository hello content/read metadata/read`.

use clap::parser::ArgMatches;
use clap::{Arg, ArgAction};

use crate::cli::failure::Failure;

const REPOSITORY_ACTIONS: [&str; 5] =
    ["content/delete", "content/read", "content/write", "metadata/read", "metadata/write"];
const GATEWAY_ACTIONS: [&str; 4] = ["config/read", "config/write", "message/read", "message/write"];

/// What a scope map or a token is given.
#[derive(Clone, Debug, Default)]
pub(super) struct GrantArgs {
    given: Rules,
}

/// What a scope map is given, and what is taken from it.
#[derive(Clone, Debug, Default)]
pub(super) struct ActionChangeArgs {
    added: Rules,
    removed: Rules,
}

/// A name and its actions, for each time that a flag was typed.
#[derive(Clone, Debug, Default)]
struct Rules {
    repositories: Vec<Vec<String>>,
    gateways: Vec<Vec<String>>,
}

impl GrantArgs {
    /// Says whether nothing was named.
    pub(super) fn is_empty(&self) -> bool {
        self.given.is_empty()
    }

    /// Returns the actions of all rules, as scope maps hold them.
    pub(super) fn actions(&self) -> Result<Vec<String>, Failure> {
        self.given.actions()
    }
}

impl ActionChangeArgs {
    /// Says whether nothing was named.
    pub(super) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    /// Adds actions to those that a scope map has, and takes others away.
    pub(super) fn apply(&self, mut actions: Vec<String>) -> Result<Vec<String>, Failure> {
        let (added, removed) = (self.added.actions()?, self.removed.actions()?);
        let mut both: Vec<&str> = added
            .iter()
            .filter(|action| removed.contains(action))
            .map(|action| action.split_once('/').map_or("", |(_, rest)| rest))
            .collect();
        if !both.is_empty() {
            both.sort_unstable();
            both.dedup();
            let both: Vec<String> = both.iter().map(|action| format!("'{action}'")).collect();
            return Err(Failure::Argument(format!(
                "Update ambiguity. Duplicate actions were provided with --add and --remove arguments.\n[{}]",
                both.join(", ")
            )));
        }
        for action in added {
            if !actions.contains(&action) {
                actions.push(action);
            }
        }
        actions.retain(|action| !removed.contains(action));
        Ok(actions)
    }
}

impl Rules {
    fn of(matches: &ArgMatches, repositories: &str, gateways: &str) -> Self {
        let rules = |name: &str| {
            let rules = matches.get_occurrences::<String>(name).into_iter().flatten();
            rules.map(|rule| rule.cloned().collect()).collect()
        };
        Self { repositories: rules(repositories), gateways: rules(gateways) }
    }

    fn is_empty(&self) -> bool {
        self.repositories.is_empty() && self.gateways.is_empty()
    }

    fn actions(&self) -> Result<Vec<String>, Failure> {
        let mut actions = read(&self.repositories, "repositories", &REPOSITORY_ACTIONS)?;
        actions.extend(read(&self.gateways, "gateway", &GATEWAY_ACTIONS)?);
        Ok(actions)
    }
}

fn read(rules: &[Vec<String>], prefix: &str, known: &[&str]) -> Result<Vec<String>, Failure> {
    let mut actions = Vec::new();
    for rule in rules {
        let (name, given) = rule.split_first().expect("because a flag has at least one value");
        let name = name.to_lowercase();
        if given.is_empty() {
            return Err(Failure::Argument(format!(
                "At least one action must be specified with \"{name}\"."
            )));
        }
        for action in given {
            let action = action.to_lowercase();
            if !known.contains(&action.as_str()) {
                return Err(Failure::Argument(format!(
                    "Invalid action \"{action}\" provided. \nValid actions are {{'{}'}}.",
                    known.join("', '")
                )));
            }
            actions.push(format!("{prefix}/{name}/{action}"));
        }
    }
    Ok(actions)
}

fn arg(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .action(ArgAction::Append)
        .num_args(1..)
        .value_names(["NAME ACTION"])
        .help(help)
}

impl clap::Args for GrantArgs {
    fn augment_args(command: clap::Command) -> clap::Command {
        command
            .arg(arg(
                "repository",
                "Repository permissions: `--repository REPO [ACTION1 ACTION2 ...]` per repository.",
            ))
            .arg(arg(
                "gateway",
                "Gateway permissions: `--gateway GATEWAY [ACTION1 ACTION2 ...]` per gateway.",
            ))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for GrantArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self { given: Rules::of(matches, "repository", "gateway") })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for ActionChangeArgs {
    fn augment_args(command: clap::Command) -> clap::Command {
        command
            .arg(arg("add-repository", "Repository permissions to be added.").alias("add"))
            .arg(arg("remove-repository", "Repository permissions to be removed.").alias("remove"))
            .arg(arg("add-gateway", "Gateway permissions to be added."))
            .arg(arg("remove-gateway", "Gateway permissions to be removed."))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for ActionChangeArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self {
            added: Rules::of(matches, "add-repository", "add-gateway"),
            removed: Rules::of(matches, "remove-repository", "remove-gateway"),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(words: &[&str]) -> Vec<Vec<String>> {
        vec![words.iter().map(|word| (*word).to_owned()).collect()]
    }

    #[test]
    fn an_unknown_action_is_refused_with_those_that_are_known() {
        let given =
            Rules { repositories: rule(&["hello", "content/read", "Bad"]), gateways: vec![] };
        assert_eq!(
            given.actions().unwrap_err().to_string(),
            "Invalid action \"bad\" provided. \nValid actions are {'content/delete', 'content/read', \
             'content/write', 'metadata/read', 'metadata/write'}."
        );
    }

    #[test]
    fn what_is_there_stays_and_what_is_added_comes_once() {
        let changes = ActionChangeArgs {
            added: Rules {
                repositories: rule(&["A", "content/read", "content/write"]),
                gateways: vec![],
            },
            removed: Rules { repositories: rule(&["b", "content/read"]), gateways: vec![] },
        };
        let now = ["repositories/a/content/read", "repositories/b/content/read"];
        let actions = changes.apply(now.iter().map(|it| (*it).to_owned()).collect()).unwrap();
        assert_eq!(actions, ["repositories/a/content/read", "repositories/a/content/write"]);
    }
}
