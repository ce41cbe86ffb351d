//! The audit log, read back.

use crate::audit::AGE_MAX;
use crate::ctx::Ctx;
use boathook_core::id::AuditId;
use boathook_core::time::Timestamp;
use boathook_store::{AuditPage, AuditRow, Error};
use boathook_wire::arm::activity::Filter;

/// How many entries are in a page.
pub const PAGE_MAX: usize = 100;
/// How many are looked at for one page.
const LOOKED_AT_MAX: usize = 2_000;
/// What everything that is told of has come to.
pub const STATUS: &str = "Succeeded";

/// A page of the audit log, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The entries.
    pub entries: Vec<AuditRow>,
    /// Before which one the next page begins, if there may be one.
    pub next: Option<AuditId>,
}

/// Reads a page: the entries that `filter` asks for, older than `before`.
pub async fn list(ctx: &Ctx, filter: &Filter, before: Option<&AuditId>) -> Result<Page, Error> {
    let now = ctx.clock.now();
    let age_ms = i64::try_from(AGE_MAX.as_millis()).unwrap_or(i64::MAX);
    let since = filter.since.unwrap_or(Timestamp(now.0.saturating_sub(age_ms)));
    // An entry of the last millisecond asked for counts, wherever in it.
    let until = filter.until.unwrap_or(now);
    let newest = AuditId::earliest(Timestamp(until.0.saturating_add(1)));
    let mut before = before.map_or(newest.clone(), |before| before.clone().min(newest));
    let mut page = Page { entries: Vec::new(), next: None };
    let mut looked_at = 0;
    loop {
        let limit = u32::try_from(PAGE_MAX).unwrap_or(u32::MAX);
        let rows = ctx.db.audit(AuditPage { before: before.clone(), since, limit }).await?;
        let is_end = rows.len() < PAGE_MAX;
        looked_at += rows.len();
        for row in rows {
            if page.entries.len() == PAGE_MAX {
                break;
            }
            before = row.id.clone();
            if is_asked_for(filter, &row) {
                page.entries.push(row);
            }
        }
        if page.entries.len() == PAGE_MAX || (!is_end && LOOKED_AT_MAX <= looked_at) {
            page.next = Some(before);
            return Ok(page);
        }
        if is_end {
            return Ok(page);
        }
    }
}

fn is_asked_for(filter: &Filter, row: &AuditRow) -> bool {
    let is = |wanted: &Option<String>, found: &str| {
        wanted.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(found))
    };
    is(&filter.caller, &row.caller)
        && is(&filter.correlation_id, &row.request)
        && is(&filter.resource_id, &row.resource)
        && is(&filter.status, STATUS)
        && is(&filter.resource_group, resource_group(&row.resource))
        && is(&filter.resource_provider, provider(&row.action))
}

/// The resource group that a path is in; empty where it is in none.
pub fn resource_group(path: &str) -> &str {
    let segments: Vec<&str> = path.split('/').collect();
    match segments[..] {
        ["", "subscriptions", _, groups, group, ..]
            if groups.eq_ignore_ascii_case("resourceGroups") =>
        {
            group
        }
        _ => "",
    }
}

/// Whose action it is: `Microsoft.Authorization`.
pub fn provider(action: &str) -> &str {
    action.split('/').next().unwrap_or_default()
}

/// The kind of resource that an action is done to: `Microsoft.Authorization/roleAssignments`.
pub fn kind(action: &str) -> &str {
    let without_verb = action.strip_suffix("/action").unwrap_or(action);
    without_verb.rsplit_once('/').map_or(action, |(kind, _)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_tells_of_its_kind_and_place() {
        let action = "Boathook.Identity/servicePrincipals/addPassword/action";
        assert_eq!(kind(action), "Boathook.Identity/servicePrincipals");
        assert_eq!(
            kind("Microsoft.Authorization/roleAssignments/write"),
            "Microsoft.Authorization/roleAssignments"
        );
        assert_eq!(provider(action), "Boathook.Identity");
        assert_eq!(resource_group("/subscriptions/s/resourceGroups/Team/providers/x"), "Team");
        assert_eq!(resource_group("/subscriptions/s/providers/x"), "");
    }
}
