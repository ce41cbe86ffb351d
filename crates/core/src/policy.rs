//! The policies of a registry: what is kept, what is held back, who may sign in how (`acr-facts` §3.7 and §3.9).
//!
//! A request names what it changes; the rest stays as it is.

use crate::quota::{Feature, Sku};
use crate::time::Timestamp;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// The longest time after which untagged manifests may be deleted, in days; `0` deletes them at once.
pub const RETENTION_DAYS_MAX: u16 = 365;
/// The longest time for which what was deleted may be kept, in days; the shortest is one.
pub const SOFT_DELETE_DAYS_MAX: u16 = 90;
/// The time in days that both begin with.
pub const DAYS_DEFAULT: u16 = 7;
/// The only `type` of a trust policy.
pub const TRUST_TYPE: &str = "Notary";

/// Whether a policy counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// It does.
    Enabled,
    /// It does not.
    Disabled,
}

impl Status {
    /// ACR's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
        }
    }
}

/// Why a text is no status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidStatus;

/// ARM takes its words in any case.
impl FromStr for Status {
    type Err = InvalidStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = [Self::Enabled, Self::Disabled];
        all.into_iter()
            .find(|status| status.as_str().eq_ignore_ascii_case(text))
            .ok_or(InvalidStatus)
    }
}

/// A policy with a number of days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Term {
    /// How many.
    pub days: u16,
    /// Whether it counts.
    pub status: Status,
    /// When either was last changed.
    pub updated: Timestamp,
}

/// All policies of a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Policies {
    /// Whether what is pushed is held back until somebody lets it out.
    pub quarantine: Status,
    /// Whether tags may be signed with Notary.
    pub trust: Status,
    /// When untagged manifests are deleted.
    pub retention: Term,
    /// Since when that has been enabled: what lost its tag before stays (`acr-facts` §3.9). Means nothing while it is not.
    pub retention_since: Timestamp,
    /// Whether content may leave for another registry.
    pub export: Status,
    /// Whether tokens for ARM are taken in exchange for the registry's.
    pub azure_ad_as_arm: Status,
    /// For how long what was deleted can be restored.
    pub soft_delete: Term,
}

/// What a request says of policies; `None` where it says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked<'a> {
    /// `quarantinePolicy.status`
    pub quarantine: Option<&'a str>,
    /// `trustPolicy.type`
    pub trust_type: Option<&'a str>,
    /// `trustPolicy.status`
    pub trust: Option<&'a str>,
    /// `retentionPolicy.days`
    pub retention_days: Option<i64>,
    /// `retentionPolicy.status`
    pub retention: Option<&'a str>,
    /// `exportPolicy.status`
    pub export: Option<&'a str>,
    /// `azureADAuthenticationAsArmPolicy.status`
    pub azure_ad_as_arm: Option<&'a str>,
    /// `softDeletePolicy.retentionDays`
    pub soft_delete_days: Option<i64>,
    /// `softDeletePolicy.status`
    pub soft_delete: Option<&'a str>,
}

/// Why policies cannot be as asked.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidPolicy {
    /// A status, of the policy with this name.
    #[error("`{0}.status` is `enabled` or `disabled`")]
    Status(&'static str),
    /// The kind of trust.
    #[error("`trustPolicy.type` is `{TRUST_TYPE}`")]
    TrustType,
    /// The days of retention.
    #[error("`retentionPolicy.days` is a whole number from 0 to {RETENTION_DAYS_MAX}")]
    RetentionDays,
    /// The days for which what was deleted is kept.
    #[error("`softDeletePolicy.retentionDays` is a whole number from 1 to {SOFT_DELETE_DAYS_MAX}")]
    SoftDeleteDays,
    /// Two that exclude each other: what retention deletes would be kept.
    #[error(
        "`retentionPolicy` and `softDeletePolicy` are not enabled together: disable one of them"
    )]
    RetentionAndSoftDelete,
    /// A policy that the registry's SKU does not have.
    #[error("`{0}` needs the SKU `Premium`")]
    NeedsPremium(&'static str),
}

impl InvalidPolicy {
    /// The member of the request that is wrong.
    pub fn member(&self) -> String {
        let below = match self {
            Self::Status(policy) => return format!("properties.policies.{policy}.status"),
            Self::NeedsPremium(policy) => policy,
            Self::TrustType => "trustPolicy.type",
            Self::RetentionDays => "retentionPolicy.days",
            Self::SoftDeleteDays => "softDeletePolicy.retentionDays",
            Self::RetentionAndSoftDelete => "softDeletePolicy",
        };
        format!("properties.policies.{below}")
    }
}

impl Policies {
    /// The policies of a registry that was created at `now`.
    pub fn new(now: Timestamp) -> Self {
        let term = Term { days: DAYS_DEFAULT, status: Status::Disabled, updated: now };
        Self {
            quarantine: Status::Disabled,
            trust: Status::Disabled,
            retention: term,
            retention_since: now,
            export: Status::Enabled,
            azure_ad_as_arm: Status::Enabled,
            soft_delete: term,
        }
    }

    /// These policies with what is asked changed, as a registry of `sku` may have them.
    pub fn changed(
        &self,
        asked: &Asked<'_>,
        sku: Sku,
        now: Timestamp,
    ) -> Result<Self, InvalidPolicy> {
        if asked.trust_type.is_some_and(|text| !text.eq_ignore_ascii_case(TRUST_TYPE)) {
            return Err(InvalidPolicy::TrustType);
        }
        let retention_days =
            days(asked.retention_days, 0..=RETENTION_DAYS_MAX, InvalidPolicy::RetentionDays)?;
        let soft_delete_days =
            days(asked.soft_delete_days, 1..=SOFT_DELETE_DAYS_MAX, InvalidPolicy::SoftDeleteDays)?;
        let retention = self.retention.changed(
            retention_days,
            status("retentionPolicy", asked.retention, self.retention.status)?,
            now,
        );
        let is_switched = retention.status != self.retention.status;
        let changed = Self {
            quarantine: status("quarantinePolicy", asked.quarantine, self.quarantine)?,
            trust: status("trustPolicy", asked.trust, self.trust)?,
            retention,
            retention_since: if is_switched { now } else { self.retention_since },
            export: status("exportPolicy", asked.export, self.export)?,
            azure_ad_as_arm: status(
                "azureADAuthenticationAsArmPolicy",
                asked.azure_ad_as_arm,
                self.azure_ad_as_arm,
            )?,
            soft_delete: self.soft_delete.changed(
                soft_delete_days,
                status("softDeletePolicy", asked.soft_delete, self.soft_delete.status)?,
                now,
            ),
        };
        changed.check(sku)?;
        Ok(changed)
    }

    /// Says whether a registry of `sku` may have these policies; it is asked for another SKU too.
    pub fn check(&self, sku: Sku) -> Result<(), InvalidPolicy> {
        let is_retained = self.retention.status == Status::Enabled;
        if is_retained && !sku.has(Feature::Retention) {
            return Err(InvalidPolicy::NeedsPremium("retentionPolicy"));
        }
        if self.trust == Status::Enabled && !sku.has(Feature::ContentTrust) {
            return Err(InvalidPolicy::NeedsPremium("trustPolicy"));
        }
        if is_retained && self.soft_delete.status == Status::Enabled {
            return Err(InvalidPolicy::RetentionAndSoftDelete);
        }
        Ok(())
    }
}

impl Term {
    fn changed(self, days: Option<u16>, status: Status, now: Timestamp) -> Self {
        let changed = Self { days: days.unwrap_or(self.days), status, updated: self.updated };
        if changed == self { self } else { Self { updated: now, ..changed } }
    }
}

fn status(
    policy: &'static str,
    asked: Option<&str>,
    before: Status,
) -> Result<Status, InvalidPolicy> {
    asked.map_or(Ok(before), |text| text.parse().map_err(|_| InvalidPolicy::Status(policy)))
}

/// The days that are asked for, if any are.
fn days(
    asked: Option<i64>,
    range: RangeInclusive<u16>,
    refusal: InvalidPolicy,
) -> Result<Option<u16>, InvalidPolicy> {
    let read = |days| u16::try_from(days).ok().filter(|days| range.contains(days)).ok_or(refusal);
    asked.map(read).transpose()
}

#[cfg(test)]
mod tests;
