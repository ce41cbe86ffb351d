//! What is typed into the form of a webhook, and what the API is asked for by it.

use crate::form::Fields;
use boathook_core::webhook::Status;
use boathook_engine::WebhookRow;
use boathook_engine::manage::target::Target;
use boathook_wire::arm::webhook::parameters::{Create, Update};
use std::collections::BTreeMap;

/// What the fields hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Typed {
    pub(super) name: String,
    pub(super) location: String,
    pub(super) service_uri: String,
    pub(super) custom_headers: String,
    pub(super) actions: Vec<String>,
    pub(super) extra_actions: Vec<String>,
    pub(super) is_off: bool,
    pub(super) scope: String,
    pub(super) has_deleted_tags: bool,
}

impl Typed {
    pub(super) fn of(fields: &Fields) -> Self {
        let all = |name: &'static str| fields.all(name).map(str::to_owned).collect();
        Self {
            name: fields.text("name").trim().to_owned(),
            location: fields.text("location").to_owned(),
            service_uri: fields.text("service_uri").trim().to_owned(),
            custom_headers: fields.text("custom_headers").to_owned(),
            actions: all("actions"),
            extra_actions: all("extra_actions"),
            is_off: fields.text("status") == "disabled",
            scope: fields.text("scope").trim().to_owned(),
            has_deleted_tags: fields.find("has_deleted_tags").is_some(),
        }
    }

    pub(super) fn of_row(row: &WebhookRow, target: Option<&Target>) -> Self {
        let header = |(name, value): (&str, &str)| format!("{name}: {value}\n");
        Self {
            name: row.name.to_string(),
            location: row.place.region.to_string(),
            service_uri: target.map(|target| target.uri.as_typed().to_owned()).unwrap_or_default(),
            custom_headers: target
                .map(|target| target.headers.iter().map(header).collect())
                .unwrap_or_default(),
            actions: row.actions.iter().map(|action| action.as_str().to_owned()).collect(),
            extra_actions: row
                .extra_actions
                .iter()
                .map(|action| action.as_str().to_owned())
                .collect(),
            is_off: row.status == Status::Disabled,
            scope: row.scope.as_str().to_owned(),
            has_deleted_tags: row.has_deleted_tags,
        }
    }

    /// The headers; the number of the first line that is none.
    pub(super) fn headers(&self) -> Result<Vec<(String, String)>, usize> {
        let lines = self.custom_headers.lines().enumerate();
        let lines = lines.filter(|(_, line)| !line.trim().is_empty());
        let header = |(idx, line): (usize, &str)| {
            let (name, value) = line.split_once(':').ok_or(idx + 1)?;
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        };
        lines.map(header).collect()
    }

    pub(super) fn status(&self) -> &'static str {
        if self.is_off { "disabled" } else { "enabled" }
    }

    pub(super) fn create(&self, custom_headers: Vec<(String, String)>) -> Create {
        Create {
            location: self.location.clone(),
            tags: BTreeMap::new(),
            service_uri: self.service_uri.clone(),
            custom_headers,
            status: Some(self.status().to_owned()),
            scope: Some(self.scope.clone()),
            actions: self.actions.clone(),
            extra_actions: Some(self.extra_actions.clone()),
            has_deleted_tags: Some(self.has_deleted_tags),
        }
    }

    /// What is left empty stays as it is where its sender could not see it.
    pub(super) fn update(&self, custom_headers: Vec<(String, String)>, is_open: bool) -> Update {
        let is_given = is_open || !custom_headers.is_empty();
        Update {
            location: None,
            tags: None,
            service_uri: (is_open || !self.service_uri.is_empty())
                .then(|| self.service_uri.clone()),
            custom_headers: is_given.then_some(custom_headers),
            status: Some(self.status().to_owned()),
            scope: Some(self.scope.clone()),
            actions: Some(self.actions.clone()),
            extra_actions: Some(self.extra_actions.clone()),
            has_deleted_tags: Some(self.has_deleted_tags),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_headers(text: &str, expected: Result<&[(&str, &str)], usize>) {
        let typed = Typed { custom_headers: text.to_owned(), ..Typed::default() };
        let own = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        assert_eq!(typed.headers(), expected.map(own), "{text:?}");
    }

    #[test]
    fn headers_are_lines_of_a_key_and_a_value() {
        check_headers("", Ok(&[]));
        check_headers("\r\n  \n", Ok(&[]));
        check_headers("A: b\r\nC:d:e\n", Ok(&[("A", "b"), ("C", "d:e")]));
        check_headers("A:\n", Ok(&[("A", "")]));
        check_headers("A: b\n\nnone", Err(3));
        // A lone carriage return ends no line; the rule of the headers refuses it.
        check_headers("A: b\rX-Evil: c", Ok(&[("A", "b\rX-Evil: c")]));
    }
}
