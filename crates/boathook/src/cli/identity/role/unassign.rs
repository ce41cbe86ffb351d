//! `identity role unassign`.

use crate::cli::acr::Answer;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::identity::{NameArgs, columns};
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

use super::{ScopeArgs, find};

/// Take a role from an identity.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Let an identity no longer pull from a registry.
    boathook identity role unassign -n ci --role AcrPull -r myregistry"
)]
pub(super) struct Unassign {
    #[command(flatten)]
    identity: NameArgs,
    /// The role, such as `AcrPull`.
    #[arg(long, value_name = "ROLE")]
    role: String,
    #[command(flatten)]
    scope: ScopeArgs,
}

/// Takes the role away; what is not given is taken away already.
pub(super) async fn run(
    args: Unassign,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let path = args.identity.path(arm)?;
    let scope = args.scope.path(arm)?;
    let taken = progress::during(console, async {
        let identity = arm.get(&path).await?;
        let principal = identity.at(&["properties", "objectId"]).as_str().unwrap_or_default();
        let role = find(&args.role, arm).await?;
        let given = super::list::all(&scope, Some(principal), arm).await?;
        // Whoever gave it has named it.
        let same = |given: &&Value, path: &[&str], text: &str| {
            given.at(path).as_str().is_some_and(|found| found.eq_ignore_ascii_case(text))
        };
        let found = given.iter().find(|given| {
            same(given, &["properties", "roleDefinitionId"], &role)
                && same(given, &["properties", "scope"], &scope)
        });
        match found.and_then(|found| found.member("id").as_str()) {
            Some(id) => arm.delete(id).await,
            None => Ok(()),
        }
    });
    taken.await?;
    Ok(Answer { value: Value::Null, columns: columns::assignments })
}
