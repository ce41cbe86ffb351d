//! Who is calling, and what they may do.
//!
//! Passwords and client secrets are remembered as argon2id hashes. A password is hashed once, then known again by a keyed
//! digest that lives in memory alone; a token is never hashed at all. Tokens are signed with a key from the data folder.

mod first_start;
mod hashing;
mod password;
mod token;

pub use first_start::{Credentials, ensure_credentials, is_first_start};
pub use password::Unchecked;
pub use token::{Issued, TOKEN_AGE};

use crate::ctx::Ctx;
use boathook_core::defaults;
use boathook_core::grant::Grants;
use boathook_core::id::Ids;
use boathook_wire::oauth2::authorization::Credentials as Shown;
use password::Passwords;
use token::Tokens;

/// The name of a caller who has not signed in.
const ANONYMOUS: &str = "anonymous";

/// Somebody who has signed in, or who need not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who it is, for the log.
    pub name: String,
    /// What they may do.
    pub grants: Grants,
}

/// What sign-in needs to remember.
pub struct Secrets {
    passwords: Passwords,
    tokens: Tokens,
}

impl Secrets {
    /// Signs tokens with `signing_key`.
    pub fn new(signing_key: &[u8], ids: &dyn Ids) -> Self {
        Self { passwords: Passwords::new(ids), tokens: Tokens::new(signing_key) }
    }
}

/// Says who calls the registry; `None` where what they showed is wrong.
pub async fn registry_caller(
    ctx: &Ctx,
    shown: Option<&Shown>,
) -> Result<Option<Caller>, Unchecked> {
    match shown {
        None if ctx.site.is_open => {
            Ok(Some(Caller { name: ANONYMOUS.to_owned(), grants: Grants::All }))
        }
        None => Ok(Some(Caller { name: ANONYMOUS.to_owned(), grants: Grants::none() })),
        Some(Shown::Basic { user, password }) => {
            let is_right = ctx.secrets.passwords.verify(ctx, user, password).await?;
            Ok(is_right.then(|| Caller { name: user.clone(), grants: Grants::All }))
        }
        Some(Shown::Bearer(token)) => Ok(token::verify(ctx, token)),
    }
}

/// Says who calls the management API; `None` where they have not shown its client secret.
pub async fn manager(ctx: &Ctx, shown: Option<&Shown>) -> Result<Option<Caller>, Unchecked> {
    let Some(Shown::Bearer(secret)) = shown else { return Ok(None) };
    let is_right = ctx.secrets.passwords.verify(ctx, defaults::CLIENT_ID, secret).await?;
    Ok(is_right.then(|| Caller { name: defaults::CLIENT_ID.to_owned(), grants: Grants::All }))
}

/// Makes a token for as much of `scopes` as `caller` has.
pub fn issue(ctx: &Ctx, caller: &Caller, scopes: &[String]) -> Issued {
    token::issue(ctx, caller, scopes)
}
