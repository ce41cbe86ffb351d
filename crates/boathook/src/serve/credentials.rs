//! How one signs in: made at the first start, kept in a file, said once.

use boathook_engine::Ctx;
use boathook_engine::auth::{Credentials, ensure_credentials, is_first_start};

use super::https::Told;
use crate::cli::output::console::Console;
use crate::data_folder::DataFolder;

/// Where a server is found by clients on this machine.
pub(super) struct Address<'a> {
    /// The base URL of the plain listener.
    pub(super) endpoint: &'a str,
    /// Its port.
    pub(super) port: u16,
    /// HTTPS, if it is answered.
    pub(super) tls: Option<&'a Told>,
}

/// Makes credentials if there are none, and brings what they say about the server up to date.
pub(super) async fn ensure(
    ctx: &Ctx,
    folder: &DataFolder,
    address: &Address<'_>,
    console: &mut Console<'_>,
) -> anyhow::Result<()> {
    let kept = folder.credentials()?;
    let is_new = kept.is_none();
    let known = match kept {
        Some(kept) => Some(kept),
        None => first(ctx, folder).await?,
    };
    let path = folder.credentials_path();
    let Some(known) = known else {
        tracing::warn!(
            "there is no `{}`, and the secrets cannot be read back from the database: sign in with those that the \
             first start wrote down",
            path.display()
        );
        return Ok(());
    };
    let site = &ctx.site;
    let credentials = Credentials {
        registry: site.registry.to_string(),
        username: site.registry.to_string(),
        login_server: format!("localhost:{}", address.port),
        endpoint: address.endpoint.to_owned(),
        tls_endpoint: address.tls.map(|tls| tls.endpoint.clone()),
        ca_certificate: address
            .tls
            .and_then(|tls| Some(tls.ca_certificate.as_ref()?.display().to_string())),
        domain: site.domain.clone(),
        ..known
    };
    // New ones are in the database already; the others are asked for only where nobody can sign in, as after a loss
    // of the database.
    if !is_new
        && is_first_start(&ctx.db, site).await?
        && !ensure_credentials(&ctx.db, &ctx.seal, site, &credentials, ctx.clock.now()).await?
    {
        tracing::warn!(
            "`{}` is not how one signs in: another node has made other secrets at the same moment",
            path.display()
        );
    }
    folder.keep_credentials(&credentials)?;
    if is_new {
        console.say(&format!(
            "The registry `{registry}` is new. `{path}` says how to sign in, and is for your eyes only:\n  \
             docker login {login_server} --username {registry}    # the password: one of `passwords` there\n  \
             boathook acr webhook list --registry {registry} --data {data}\n  \
             {endpoint}/portal/    # in a browser, with `clientId` and `clientSecret`",
            registry = credentials.registry,
            path = path.display(),
            login_server = credentials.login_server,
            endpoint = credentials.endpoint,
            data = path.parent().unwrap_or(&path).display(),
        ));
    }
    Ok(())
}

/// Makes the first credentials, or finishes what an earlier start began. None, if others were made elsewhere.
async fn first(ctx: &Ctx, folder: &DataFolder) -> anyhow::Result<Option<Credentials>> {
    let site = &ctx.site;
    if is_first_start(&ctx.db, site).await? {
        folder.make_first_credentials(&Credentials::generate(site, &*ctx.ids))?;
    }
    if let Some(begun) = folder.first_credentials()? {
        let begun = Credentials { username: site.registry.to_string(), ..begun };
        if ensure_credentials(&ctx.db, &ctx.seal, site, &begun, ctx.clock.now()).await? {
            return Ok(Some(begun));
        }
        folder.drop_first_credentials()?;
    }
    // Another server that starts in this folder may have got further.
    folder.credentials()
}
