//! What `show-tags` and `show-manifests` have in common.

use crate::cli::acr::image;
use crate::cli::acr::login_server::{AccountArgs, Entry, Listing, Order, enter};
use crate::cli::acr::registry::NameArgs;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// The flags that say what of a repository is listed.
#[derive(clap::Args)]
pub(super) struct ListingArgs {
    #[command(flatten)]
    registry: NameArgs,
    /// The name of the repository.
    #[arg(long, value_name = "NAME")]
    repository: String,
    /// Limit the number of items in the results.
    #[arg(long, value_name = "COUNT")]
    top: Option<usize>,
    /// Order the items in the results. Default to alphabetical order of names.
    #[arg(long, ignore_case = true, value_enum)]
    orderby: Option<Order>,
    /// Show detailed information.
    #[arg(long)]
    detail: bool,
    #[command(flatten)]
    account: AccountArgs,
}

impl ListingArgs {
    /// Reads every page of the `tags` or `manifests`: all that is known of them, or what `brief` leaves of it.
    pub(super) async fn read(
        &self,
        member: &'static str,
        brief: fn(&Value) -> Value,
        arm: &Arm,
        console: &mut Console<'_>,
    ) -> Result<Value, Failure> {
        let repository = image::checked(&self.repository)?;
        let registry = self.registry.whereabouts(arm, console).await?;
        let scope = format!("repository:{repository}:metadata_read");
        let entry = Entry { registry: &registry, account: &self.account, scope: &scope };
        let server = enter(&entry, arm, console).await?;
        let path = format!("/acr/v1/{repository}/_{member}");
        let listing = Listing { path: &path, member, top: self.top, order: self.orderby };
        let entries = progress::during(console, server.list(&listing)).await?;
        Ok(Value::Array(if self.detail { entries } else { entries.iter().map(brief).collect() }))
    }
}
