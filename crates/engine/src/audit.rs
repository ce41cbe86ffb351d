//! The audit log: what its entries say. They are written by the transactions of the changes that they tell of.

use crate::ctx::Ctx;
use boathook_core::defaults;
use boathook_core::id::AuditId;
use boathook_core::time::Timestamp;
use boathook_store::{AuditEntry, Error};
use serde_json::{Map, Value};
use std::time::Duration;

/// Whoever does something that the audit log tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Who: the name that a caller signed in with.
    pub name: String,
    /// The id of the request, by which its line in the log is found.
    pub request: String,
}

impl Actor {
    /// The server itself.
    pub fn server() -> Self {
        Self { name: "boathook".to_owned(), request: String::new() }
    }
}

/// An entry that says what `actor` did, and no more.
pub fn entry(ctx: &Ctx, actor: &Actor, action: &'static str, resource: String) -> AuditEntry {
    detailed(ctx, actor, action, resource, &[])
}

/// An entry that says what else is worth knowing. No secret may be in it.
pub fn detailed(
    ctx: &Ctx,
    actor: &Actor,
    action: &'static str,
    resource: String,
    details: &[(&str, &str)],
) -> AuditEntry {
    let details = details.iter().map(|(name, text)| ((*name).to_owned(), Value::from(*text)));
    AuditEntry {
        id: AuditId::new(ctx.ids.uuid()),
        at: ctx.clock.now(),
        caller: actor.name.clone(),
        action,
        resource,
        request: actor.request.clone(),
        details: Value::Object(details.collect::<Map<_, _>>()).to_string(),
    }
}

/// How long entries are kept: as long as Azure keeps its activity log.
pub const AGE_MAX: Duration = Duration::from_hours(90 * 24);
/// How many entries are forgotten in one transaction.
const FORGET_MAX: u32 = 500;

/// Forgets entries that are old.
pub(crate) async fn forget_old(ctx: &Ctx) -> Result<(), Error> {
    let age_ms = i64::try_from(AGE_MAX.as_millis()).unwrap_or(i64::MAX);
    let before = Timestamp(ctx.clock.now().0.saturating_sub(age_ms));
    let before = AuditId::earliest(before);
    while 0 < ctx.db.forget_audit(&before, FORGET_MAX).await? {}
    Ok(())
}

/// The path of something under the subscription.
pub(crate) fn path(rest: &str) -> String {
    format!("/subscriptions/{}{rest}", defaults::SUBSCRIPTION_ID)
}
