//! `identity add-secret`.

use super::{NameArgs, SecretArgs, columns, shape};
use crate::cli::acr::Answer;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// Make one more secret of an identity, and show it this once; it may have two.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Make a secret that ends with the year.
    boathook identity add-secret -n ci --end-date 2027-01-01T00:00:00Z"
)]
pub(super) struct AddSecret {
    #[command(flatten)]
    identity: NameArgs,
    #[command(flatten)]
    secret: SecretArgs,
}

/// Makes the secret.
pub(super) async fn run(
    args: AddSecret,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let path = args.identity.path(arm)?;
    let made = progress::during(console, async {
        let identity = arm.get(&path).await?;
        Ok::<_, Failure>((identity, args.secret.make(&path, arm).await?))
    });
    let (identity, made) = made.await?;
    Ok(Answer {
        value: shape::new_secret(&identity, &made, arm.session()),
        columns: columns::secrets,
    })
}
