//! The activity log: what was changed and by whom, as `az monitor activity-log list` reads it.

use super::filter::{self, InvalidFilter};
use boathook_core::time::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

/// Which entries are asked for. Texts are compared without regard to case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those of this moment and later.
    pub since: Option<Timestamp>,
    /// Those of this moment and earlier.
    pub until: Option<Timestamp>,
    /// Those of this caller.
    pub caller: Option<String>,
    /// Those of one request.
    pub correlation_id: Option<String>,
    /// Those about what is in a resource group.
    pub resource_group: Option<String>,
    /// Those about one resource.
    pub resource_id: Option<String>,
    /// Those about resources of one provider.
    pub resource_provider: Option<String>,
    /// Those that came to this: everything that is told of has `Succeeded`.
    pub status: Option<String>,
}

const KNOWN: &str = "`eventTimestamp` with `ge` and `le`, and `caller`, `correlationId`, `resourceGroupName`, \
    `resourceId`, `resourceUri`, `resourceProvider` and `status` with `eq`";

impl Filter {
    /// Reads a `$filter`. Values stand in quotes; times may stand without.
    pub fn parse(text: &str) -> Result<Self, InvalidFilter> {
        let mut read = Self::default();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (member, after) = filter::word(rest).ok_or(InvalidFilter::Form)?;
            let (operator, after) = filter::word(after).ok_or(InvalidFilter::Form)?;
            let (value, after) = value(after).ok_or(InvalidFilter::Form)?;
            read.set(member, &operator.to_ascii_lowercase(), value)?;
            rest = match filter::word(after.trim_start()) {
                None if after.trim().is_empty() => "",
                Some((and, next)) if and.eq_ignore_ascii_case("and") && !next.is_empty() => next,
                _ => return Err(InvalidFilter::Form),
            };
        }
        Ok(read)
    }

    fn set(&mut self, member: &str, operator: &str, value: String) -> Result<(), InvalidFilter> {
        let unknown = || InvalidFilter::Member { member: member.to_owned(), known: KNOWN };
        let time = |value: &str| value.parse().map_err(|_| InvalidFilter::Form);
        let place = match (member.to_ascii_lowercase().as_str(), operator) {
            ("eventtimestamp", "ge") => {
                self.since = Some(time(&value)?);
                return Ok(());
            }
            ("eventtimestamp", "le") => {
                self.until = Some(time(&value)?);
                return Ok(());
            }
            ("caller", "eq") => &mut self.caller,
            ("correlationid", "eq") => &mut self.correlation_id,
            ("resourcegroupname", "eq") => &mut self.resource_group,
            ("resourceid" | "resourceuri", "eq") => &mut self.resource_id,
            ("resourceprovider", "eq") => &mut self.resource_provider,
            ("status", "eq") => &mut self.status,
            _ => return Err(unknown()),
        };
        *place = Some(value);
        Ok(())
    }
}

/// A value in quotes, or a word without.
fn value(text: &str) -> Option<(String, &str)> {
    if text.starts_with('\'') {
        return filter::quoted(text);
    }
    let end = text.find(' ').unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    (!word.is_empty()).then(|| (word.to_owned(), rest))
}

/// A word, and the same for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Localizable {
    /// The word.
    pub value: String,
    /// The same.
    pub localized_value: String,
}

impl Localizable {
    /// A word that needs no translation.
    pub fn new(value: impl Into<String>) -> Self {
        let value = value.into();
        Self { localized_value: value.clone(), value }
    }
}

/// An entry of the log.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// What the caller had to be allowed.
    pub authorization: Authorization,
    /// Who did it.
    pub caller: String,
    /// `Operation`
    pub channels: &'static str,
    /// The request that did it.
    pub correlation_id: String,
    /// Its id.
    pub event_data_id: String,
    /// `EndRequest`: what is told of has been done.
    pub event_name: Localizable,
    /// `Administrative`
    pub category: Localizable,
    /// When it happened.
    #[serde(serialize_with = "crate::time::as_text")]
    pub event_timestamp: Timestamp,
    /// The path of the entry itself.
    pub id: String,
    /// `Informational`
    pub level: &'static str,
    /// The request that did it.
    pub operation_id: String,
    /// What was done.
    pub operation_name: Localizable,
    /// What else is worth knowing.
    pub properties: Box<RawValue>,
    /// The resource group of what it was done to; empty where that is in none.
    pub resource_group_name: String,
    /// What it was done to.
    pub resource_id: String,
    /// Whose kind of resource that is.
    pub resource_provider_name: Localizable,
    /// The kind of resource.
    pub resource_type: Localizable,
    /// `Succeeded`
    pub status: Localizable,
    /// Nothing more.
    pub sub_status: Localizable,
    /// When it was written down: when it happened.
    #[serde(serialize_with = "crate::time::as_text")]
    pub submission_timestamp: Timestamp,
    /// The subscription.
    pub subscription_id: &'static str,
    /// The tenant.
    pub tenant_id: &'static str,
}

/// What a caller had to be allowed, and on what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Authorization {
    /// The action.
    pub action: String,
    /// The path of what it was done to.
    pub scope: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_of_az_is_read() {
        let filter = "eventTimestamp ge 2023-11-14T00:00:00Z and eventTimestamp le 2023-11-15T00:00:00Z \
                      and caller eq 'it''s me' and resourceGroupName eq 'Team'";
        let read = Filter::parse(filter).unwrap();
        assert_eq!(
            read,
            Filter {
                since: Some(Timestamp(1_699_920_000_000)),
                until: Some(Timestamp(1_700_006_400_000)),
                caller: Some("it's me".to_owned()),
                resource_group: Some("Team".to_owned()),
                ..Filter::default()
            }
        );
        let read = Filter::parse("EventTimestamp GE '2023-11-14T00:00:00Z'").unwrap();
        assert_eq!(read.since, Some(Timestamp(1_699_920_000_000)));
        for text in ["status eq 'Succeeded'", "resourceUri eq '/a'", "resourceProvider eq 'b'", ""]
        {
            assert!(Filter::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_filtered_by_is_named() {
        for text in
            ["caller", "caller eq", "caller eq 'a", "caller eq 'a' or", "eventTimestamp ge x"]
        {
            assert_eq!(Filter::parse(text), Err(InvalidFilter::Form), "{text}");
        }
        for text in ["caller ge 'a'", "level eq 'Error'"] {
            assert!(matches!(Filter::parse(text), Err(InvalidFilter::Member { .. })), "{text}");
        }
    }
}
