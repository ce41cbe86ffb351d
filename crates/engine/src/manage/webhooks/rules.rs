//! What a webhook may be: every value that a request brings, checked, and each refusal named.

use crate::ctx::Ctx;
use crate::manage::etag::Stale;
use crate::manage::target::Target;
use boathook_core::address::AddressRefusal;
use boathook_core::custom_headers::{CustomHeaders, InvalidCustomHeaders};
use boathook_core::event::{Action, ExtraAction, UnknownAction, UnknownExtraAction};
use boathook_core::name::{InvalidName, Region, WebhookName};
use boathook_core::quota::QuotaExceeded;
use boathook_core::scope::{InvalidScope, Scope};
use boathook_core::service_uri::{InvalidServiceUri, ServiceUri};
use boathook_core::webhook::Status;
use boathook_store::RegistryRow;
use boathook_wire::arm::webhook::parameters::{Create, Update};
use std::collections::{BTreeMap, BTreeSet};

/// How many tags a resource may have (Azure Resource Manager's limit).
const TAGS_MAX: usize = 50;
/// The longest value of a tag, in bytes; a name has half of that.
const TAG_VALUE_BYTES_MAX: usize = 1_024;

/// Why a webhook is not made or changed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    /// It is not as the caller last saw it.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// There is no such webhook.
    #[error("there is no such webhook")]
    NotFound,
    /// The name breaks the rule.
    #[error(transparent)]
    Name(InvalidName),
    /// The registry is not in that region.
    #[error("the registry resource {registry} could not be found in the location '{location}'")]
    Location {
        /// The registry.
        registry: String,
        /// The region asked for.
        location: String,
    },
    /// A webhook stays in its region.
    #[error("a webhook's location cannot be changed: it is '{location}'")]
    LocationFixed {
        /// Where it is.
        location: String,
    },
    /// The address cannot be read.
    #[error(transparent)]
    Uri(InvalidServiceUri),
    /// The address is not one that webhooks may point at.
    #[error(transparent)]
    Address(AddressRefusal),
    /// A header is not one that webhooks may send.
    #[error(transparent)]
    Headers(InvalidCustomHeaders),
    /// A word is no action.
    #[error("`{word}` is no action: {source}")]
    Action {
        /// The word.
        word: String,
        /// The rule.
        source: UnknownAction,
    },
    /// A word is no extra action.
    #[error("`{word}` is no extra action: {source}")]
    ExtraAction {
        /// The word.
        word: String,
        /// The rule.
        source: UnknownExtraAction,
    },
    /// There is no action at all.
    #[error("a webhook has at least one action")]
    NoAction,
    /// A word is no status.
    #[error("`{0}` is no status: it is `enabled` or `disabled`")]
    Status(String),
    /// The scope cannot be read.
    #[error(transparent)]
    Scope(InvalidScope),
    /// There are too many tags, or too long ones.
    #[error(
        "a resource has at most {TAGS_MAX} tags, with names of 512 and values of {TAG_VALUE_BYTES_MAX} bytes"
    )]
    Tags,
    /// The registry has as many webhooks as its SKU allows.
    #[error(transparent)]
    Quota(QuotaExceeded),
    /// Somebody else changed the webhook at the same moment.
    #[error("the webhook was changed by another request at the same time: try again")]
    Changing,
    /// What was cancelled when the webhook was disabled would come to life.
    #[error(
        "the events that were cancelled when the webhook was disabled are still being worked off: that goes on by \
         itself, so enable it again in a moment"
    )]
    Settling,
    /// The webhook's secrets were sealed with a key that this server does not have.
    #[error(
        "the webhook's address was sealed with another key than this server's: give its address and headers anew"
    )]
    Sealed,
}

impl Refusal {
    /// The member of the request that is at fault.
    pub fn target(&self) -> Option<&'static str> {
        match self {
            Self::Name(_) => Some("webhookName"),
            Self::Location { .. } | Self::LocationFixed { .. } => Some("location"),
            Self::Uri(_) | Self::Address(_) => Some("properties.serviceUri"),
            Self::Headers(_) => Some("properties.customHeaders"),
            Self::Action { .. } | Self::NoAction => Some("properties.actions"),
            Self::ExtraAction { .. } => Some("properties.boathook.extraActions"),
            Self::Status(_) => Some("properties.status"),
            Self::Scope(_) => Some("properties.scope"),
            Self::Tags => Some("tags"),
            Self::Stale(_)
            | Self::NotFound
            | Self::Quota(_)
            | Self::Changing
            | Self::Settling
            | Self::Sealed => None,
        }
    }
}

/// A webhook as it shall be.
pub(super) struct Wanted {
    pub(super) region: Region,
    pub(super) target: Target,
    pub(super) actions: BTreeSet<Action>,
    pub(super) extra_actions: BTreeSet<ExtraAction>,
    pub(super) has_deleted_tags: bool,
    pub(super) scope: Scope,
    pub(super) status: Status,
    pub(super) tags: BTreeMap<String, String>,
}

/// What of a webhook shall be otherwise.
pub(super) struct Changed {
    pub(super) target: Option<Target>,
    pub(super) actions: Option<BTreeSet<Action>>,
    pub(super) extra_actions: Option<BTreeSet<ExtraAction>>,
    pub(super) has_deleted_tags: Option<bool>,
    pub(super) scope: Option<Scope>,
    pub(super) status: Option<Status>,
    pub(super) tags: Option<BTreeMap<String, String>>,
}

pub(super) struct Rules<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) registry: &'a RegistryRow,
    /// The regions that the webhook may be in.
    pub(super) regions: &'a [Region],
}

impl Rules<'_> {
    pub(super) fn create(
        &self,
        name: &str,
        create: &Create,
    ) -> Result<(WebhookName, Wanted), Refusal> {
        let name = name.parse().map_err(Refusal::Name)?;
        let wanted = Wanted {
            region: self.region(&create.location)?,
            target: Target {
                uri: self.uri(&create.service_uri)?,
                headers: headers(&create.custom_headers)?,
            },
            actions: actions(&create.actions)?,
            extra_actions: extra_actions(create.extra_actions.as_deref().unwrap_or_default())?,
            has_deleted_tags: create.has_deleted_tags.unwrap_or(false),
            scope: create.scope.as_deref().unwrap_or_default().parse().map_err(Refusal::Scope)?,
            status: create.status.as_deref().map_or(Ok(Status::Enabled), status)?,
            tags: tags(&create.tags)?,
        };
        Ok((name, wanted))
    }

    /// `before` is absent where it cannot be opened: then both of its parts have to be given anew, or neither.
    pub(super) fn update(
        &self,
        update: &Update,
        before: Option<Target>,
    ) -> Result<Changed, Refusal> {
        if let Some(location) = &update.location
            && self.region(location).is_err()
        {
            let location = self.regions.first().map(Region::to_string).unwrap_or_default();
            return Err(Refusal::LocationFixed { location });
        }
        let uri = update.service_uri.as_deref().map(|uri| self.uri(uri)).transpose()?;
        let headers = update.custom_headers.as_ref().map(|given| headers(given)).transpose()?;
        let target = match (uri, headers, before) {
            (None, None, _) => None,
            (Some(uri), Some(headers), _) => Some(Target { uri, headers }),
            (uri, headers, Some(before)) => Some(Target {
                uri: uri.unwrap_or(before.uri),
                headers: headers.unwrap_or(before.headers),
            }),
            (_, _, None) => return Err(Refusal::Sealed),
        };
        Ok(Changed {
            target,
            actions: update.actions.as_ref().map(|words| actions(words)).transpose()?,
            extra_actions: update.extra_actions.as_deref().map(extra_actions).transpose()?,
            has_deleted_tags: update.has_deleted_tags,
            scope: update
                .scope
                .as_deref()
                .map(|text| text.parse().map_err(Refusal::Scope))
                .transpose()?,
            status: update.status.as_deref().map(status).transpose()?,
            tags: update.tags.as_ref().map(tags).transpose()?,
        })
    }

    fn region(&self, location: &str) -> Result<Region, Refusal> {
        region(self.registry, self.regions, location)
    }

    fn uri(&self, text: &str) -> Result<ServiceUri, Refusal> {
        let uri = text.parse().map_err(Refusal::Uri)?;
        self.ctx.addresses.judge_uri(&uri).map_err(Refusal::Address)?;
        Ok(uri)
    }
}

/// The region of that name, which has to be one of the registry's.
pub(in crate::manage) fn region(
    registry: &RegistryRow,
    regions: &[Region],
    location: &str,
) -> Result<Region, Refusal> {
    let region = location.parse::<Region>().ok().filter(|region| regions.contains(region));
    region.ok_or_else(|| Refusal::Location {
        registry: registry.name.to_string(),
        location: location.to_owned(),
    })
}

fn headers(given: &[(String, String)]) -> Result<CustomHeaders, Refusal> {
    CustomHeaders::new(given.to_vec()).map_err(Refusal::Headers)
}

fn actions(words: &[String]) -> Result<BTreeSet<Action>, Refusal> {
    let action = |word: &String| match word.to_ascii_lowercase().parse() {
        Ok(Action::Ping | Action::Extra(_)) => {
            Err(Refusal::Action { word: word.clone(), source: UnknownAction })
        }
        Ok(action) => Ok(action),
        Err(source) => Err(Refusal::Action { word: word.clone(), source }),
    };
    let actions: BTreeSet<_> = words.iter().map(action).collect::<Result<_, _>>()?;
    if actions.is_empty() { Err(Refusal::NoAction) } else { Ok(actions) }
}

fn extra_actions(words: &[String]) -> Result<BTreeSet<ExtraAction>, Refusal> {
    let action = |word: &String| {
        let action = word.to_ascii_lowercase().parse();
        action.map_err(|source| Refusal::ExtraAction { word: word.clone(), source })
    };
    words.iter().map(action).collect()
}

fn status(word: &str) -> Result<Status, Refusal> {
    [Status::Enabled, Status::Disabled]
        .into_iter()
        .find(|status| status.as_str().eq_ignore_ascii_case(word))
        .ok_or_else(|| Refusal::Status(word.to_owned()))
}

pub(in crate::manage) fn tags(
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, Refusal> {
    let is_long = |(name, value): (&String, &String)| {
        TAG_VALUE_BYTES_MAX / 2 < name.len() || TAG_VALUE_BYTES_MAX < value.len()
    };
    if TAGS_MAX < given.len() || given.iter().any(is_long) {
        Err(Refusal::Tags)
    } else {
        Ok(given.clone())
    }
}

/// Tags as they are stored.
pub(in crate::manage) fn tags_text(tags: &BTreeMap<String, String>) -> String {
    serde_json::to_string(tags).expect("strings can be written")
}
