//! `identity role assign`.

use crate::cli::acr::Answer;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::identity::{NameArgs, columns, shape};
use crate::cli::output::console::Console;
use crate::cli::progress;

use super::{ScopeArgs, assign, find};

/// Give a role to an identity.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Let an identity pull from a registry.
    boathook identity role assign -n ci --role AcrPull -r myregistry"
)]
pub(super) struct Assign {
    #[command(flatten)]
    identity: NameArgs,
    /// The role, such as `AcrPull`.
    #[arg(long, value_name = "ROLE")]
    role: String,
    #[command(flatten)]
    scope: ScopeArgs,
}

/// Gives the role.
pub(super) async fn run(
    args: Assign,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let path = args.identity.path(arm)?;
    let scope = args.scope.path(arm)?;
    let given = progress::during(console, async {
        let identity = arm.get(&path).await?;
        let role = find(&args.role, arm).await?;
        assign(&scope, &role, &identity, arm).await
    });
    let given = given.await?;
    let (role, name) = (args.role.as_str().into(), args.identity.name.as_str().into());
    Ok(Answer { value: shape::assignment(&given, role, name), columns: columns::assignments })
}
