//! The admin user of a registry: its passwords, which can be shown again.

use super::new_secret;
use crate::audit::{self, Actor};
use crate::ctx::Ctx;
use crate::manage;
use crate::seal::Seal;
use boathook_core::name::RegistryName;
use boathook_store::{Error, NewSecret, RegistryRow};

/// How many passwords an admin user has.
pub const PASSWORDS: u32 = 2;

/// Why passwords are not shown.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody may sign in with them.
    #[error("the admin user of this registry is disabled: set `adminUserEnabled` to `true`")]
    Disabled,
    /// One cannot be read any more.
    #[error(
        "a password of the admin user cannot be shown: replace it with `az acr credential renew`"
    )]
    Sealed,
}

/// The admin user's passwords, by slot.
pub async fn passwords(
    ctx: &Ctx,
    registry: &RegistryRow,
) -> Result<Result<Vec<String>, Refusal>, Error> {
    if !registry.settings.is_admin_user_enabled {
        return Ok(Err(Refusal::Disabled));
    }
    let name = &registry.name;
    let sealed = ctx.db.sealed_secrets(name, name.as_str()).await?;
    let open = |(slot, sealed): &(u32, Option<Vec<u8>>)| {
        let opened = ctx.seal.open(&owner(name, *slot), sealed.as_deref()?).ok()?;
        String::from_utf8(opened).ok()
    };
    let opened: Option<Vec<_>> = sealed.iter().map(open).collect();
    Ok(opened.ok_or(Refusal::Sealed))
}

/// Makes the password of a slot anew.
pub async fn regenerate(
    ctx: &Ctx,
    registry: &RegistryRow,
    slot: u32,
    actor: &Actor,
) -> Result<Result<Vec<String>, Refusal>, Error> {
    if !registry.settings.is_admin_user_enabled {
        return Ok(Err(Refusal::Disabled));
    }
    let action = "Microsoft.ContainerRegistry/registries/regenerateCredential/action";
    let entry = audit::entry(ctx, actor, action, manage::registries::id_of(registry).to_string());
    let secret = make(ctx, &registry.name, slot).await;
    ctx.db.replace_secret(secret, ctx.clock.now(), entry).await?;
    passwords(ctx, registry).await
}

/// New passwords for a registry that has none yet.
pub(crate) async fn make_all(ctx: &Ctx, registry: &RegistryName) -> Vec<NewSecret> {
    let mut made = Vec::new();
    for slot in 1..=PASSWORDS {
        made.push(make(ctx, registry, slot).await);
    }
    made
}

async fn make(ctx: &Ctx, registry: &RegistryName, slot: u32) -> NewSecret {
    let password = new_secret(&*ctx.ids);
    NewSecret {
        registry: registry.clone(),
        owner: registry.to_string(),
        slot,
        sealed: Some(seal(&ctx.seal, registry, slot, &password)),
        hash: super::hash(password).await,
    }
}

/// A password as it is kept to be shown.
pub(super) fn seal(seal: &Seal, registry: &RegistryName, slot: u32, password: &str) -> Vec<u8> {
    seal.close(&owner(registry, slot), password.as_bytes())
}

fn owner(registry: &RegistryName, slot: u32) -> String {
    format!("{registry}/{slot}")
}
