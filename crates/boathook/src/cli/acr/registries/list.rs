//! `acr list`.

use crate::cli::acr::registries::{columns, shape};
use crate::cli::acr::{Answer, registry};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// Lists all the container registries under the current subscription.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  List container registries and show the results in a table.
    boathook acr list -o table

  List container registries in a resource group and show the results in a table.
    boathook acr list -g myresourcegroup -o table"
)]
pub(crate) struct List {
    /// Name of resource group.
    #[arg(long, short = 'g', value_name = "NAME")]
    resource_group: Option<String>,
}

/// Reads every page of the list.
pub(super) async fn run(
    args: List,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let path = match &args.resource_group {
        Some(group) => registry::all_in_group(arm.session(), group),
        None => registry::all(arm.session()),
    };
    let registries = progress::during(console, async {
        let first = arm.get(&path).await?;
        arm.rest_of_pages(first).await
    });
    let registries = registries.await?.iter().map(shape::registry).collect();
    Ok(Answer { value: Value::Array(registries), columns: columns::registries })
}
