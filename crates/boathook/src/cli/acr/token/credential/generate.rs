//! `acr token credential generate`.

use serde_json::json;

use crate::cli::acr::Answer;
use crate::cli::acr::token::expiry::ExpiryArgs;
use crate::cli::acr::token::{TokenArgs, columns, shape};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// Generate or replace one or both passwords of a token for an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Generate password1 for the token.
    boathook acr token credential generate -n mytoken -r myregistry --password1 --expiration-in-days 30"
)]
pub(super) struct Generate {
    #[command(flatten)]
    token: TokenArgs,
    /// Flag indicating if password1 should be generated.
    #[arg(long)]
    password1: bool,
    /// Flag indicating if password2 should be generated.
    #[arg(long)]
    password2: bool,
    #[command(flatten)]
    expiry: ExpiryArgs,
}

/// Has the server make passwords; both, unless one is named.
pub(super) async fn run(
    args: Generate,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let expiry = args.expiry.read()?;
    let (registry, token) = args.token.paths(arm, console).await?;
    let mut body = json!({ "tokenId": token });
    match (args.password1, args.password2) {
        (true, false) => body["name"] = "password1".into(),
        (false, true) => body["name"] = "password2".into(),
        (true, true) | (false, false) => {}
    }
    if let Some(expiry) = expiry {
        body["expiry"] = expiry.into();
    }
    let path = format!("{registry}/generateCredentials");
    let value = progress::during(console, arm.post_with(&path, &body)).await?;
    Ok(Answer { value: shape::generated(&value), columns: columns::generated })
}
