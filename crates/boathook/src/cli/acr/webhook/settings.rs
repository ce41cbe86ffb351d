//! What may be set on a webhook, as it is typed.

use serde::Serialize;
use serde_json::json;

use crate::cli::acr::toggle::Toggle;

/// What a webhook may be told of.
#[derive(Clone, Copy, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub(super) enum Action {
    Push,
    Delete,
    Quarantine,
    ChartPush,
    ChartDelete,
}

/// What it may be told of that ACR announces to nobody.
#[derive(Clone, Copy, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
enum ExtraAction {
    Untag,
    Purge,
    Lock,
    Pull,
    Scan,
}

/// What ACR has nothing of.
#[derive(clap::Args)]
pub(super) struct Extras {
    /// Space-separated list of what the webhook is told of that ACR announces to nobody. Without a value, clears the list.
    /// This flag is Boathook's own.
    #[arg(long, num_args = 0.., overrides_with = "extra_actions", ignore_case = true, value_enum)]
    extra_actions: Option<Vec<ExtraAction>>,
    /// Have the events of deleted manifests tell the tags that went with them. This flag is Boathook's own.
    #[arg(long, num_args = 0..=1, default_missing_value = "true", ignore_case = true, value_enum)]
    deleted_tags: Option<Toggle>,
}

impl Extras {
    /// Writes into the body of a request what was given.
    pub(super) fn apply(self, body: &mut serde_json::Value) {
        if let Some(actions) = self.extra_actions {
            body["properties"]["boathook"]["extraActions"] = json!(actions);
        }
        if let Some(toggle) = self.deleted_tags {
            body["properties"]["boathook"]["deletedTags"] = bool::from(toggle).into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(clap::Parser)]
    struct Flags {
        #[command(flatten)]
        extras: Extras,
    }

    #[track_caller]
    fn check(flags: &[&str], expected: &serde_json::Value) {
        let flags = [&["flags"], flags].concat();
        let mut body = json!({});
        Flags::try_parse_from(flags).map(|flags| flags.extras.apply(&mut body)).unwrap();
        assert_eq!(body, *expected);
    }

    #[test]
    fn what_was_given_is_sent_and_nothing_else() {
        let boathook = |boathook| json!({ "properties": { "boathook": boathook } });
        check(&[], &json!({}));
        let both = json!({ "extraActions": ["untag", "pull"], "deletedTags": true });
        check(&["--extra-actions", "untag", "PULL", "--deleted-tags"], &boathook(both));
        check(&["--extra-actions"], &boathook(json!({ "extraActions": [] })));
        check(&["--deleted-tags", "false"], &boathook(json!({ "deletedTags": false })));
        assert!(Flags::try_parse_from(["flags", "--extra-actions", "push"]).is_err());
    }
}
