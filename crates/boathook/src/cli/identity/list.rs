//! `identity list`.

use crate::cli::acr::Answer;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

use super::{all, columns, shape};

/// List identities.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  List identities in a table.
    boathook identity list -o table"
)]
pub(super) struct List {}

/// Reads every page of the list.
pub(super) async fn run(
    args: List,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let List {} = args;
    let identities = progress::during(console, async {
        let first = arm.get(&format!("{}/servicePrincipals", all(arm))).await?;
        arm.rest_of_pages(first).await
    });
    let identities = identities.await?.iter().map(shape::identity).collect();
    Ok(Answer { value: Value::Array(identities), columns: columns::identities })
}
