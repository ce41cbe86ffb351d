//! How one signs in: made at the first start, kept in a file, said once.

use boathook_engine::Ctx;
use boathook_engine::auth::{Credentials, ensure_credentials, is_first_start};

use crate::cli::output::console::Console;
use crate::data_folder::DataFolder;

/// Makes credentials if there are none, and brings what they say about the server up to date.
///
/// The file comes first, the rows second: whoever dies in between finds the file at the next start.
pub(super) async fn ensure(
    ctx: &Ctx,
    folder: &DataFolder,
    endpoint: &str,
    port: u16,
    console: &mut Console<'_>,
) -> anyhow::Result<()> {
    let site = &ctx.site;
    let is_first = is_first_start(&ctx.db, site).await?;
    let kept = folder.credentials()?;
    let is_new = kept.is_none();
    if is_new && !is_first {
        tracing::warn!(
            "there is no `{}`, and the secrets cannot be read back from the database: sign in with those that the \
             first start wrote down",
            folder.credentials_path().display()
        );
        return Ok(());
    }
    let generate = || Credentials::generate(site, &*ctx.ids);
    let credentials = Credentials {
        registry: site.registry.to_string(),
        username: site.registry.to_string(),
        login_server: format!("localhost:{port}"),
        endpoint: endpoint.to_owned(),
        ca_certificate: None,
        ..kept.unwrap_or_else(generate)
    };
    folder.keep_credentials(&credentials)?;
    if is_first {
        ensure_credentials(&ctx.db, site, &credentials, ctx.clock.now()).await?;
    }
    if is_new {
        let path = folder.credentials_path();
        console.say(&format!(
            "The registry `{registry}` is new. `{path}` says how to sign in, and is for your eyes only:\n  \
             docker login {login_server} --username {registry}    # the password: one of `passwords` there\n  \
             boathook acr webhook list --registry {registry} --data {data}",
            registry = credentials.registry,
            path = path.display(),
            login_server = credentials.login_server,
            data = path.parent().unwrap_or(&path).display(),
        ));
    }
    Ok(())
}
