//! The rows about the tokens and the lists of Azure's wire, which only Boathook has at these addresses.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode};
use serde_json::Value;

use crate::client::{Ask, Connection, Pieces, Target};
use crate::hook::arm::{Arm, Credentials};
use crate::measure::Subject;
use crate::row::Work;
use crate::seed::READ;
use crate::work::Op;

/// Webhooks of the list that is read: as many as the greatest registry may have.
const WEBHOOKS: usize = 500;
/// What tokens of the management API are for.
const MANAGEMENT: &str = "https://management.azure.com/.default";
/// The media type of forms.
pub(crate) const FORM_TYPE: &str = "application/x-www-form-urlencoded";

/// Makes what such a row needs and gives what one turn of it does.
pub(crate) async fn prepare(subject: &Subject, work: Work) -> Result<Op> {
    let credentials = subject.credentials.as_ref();
    let credentials =
        credentials.context("rows of Azure's wire need `--credentials DIR/credentials.json`")?;
    let target = &subject.ground.target;
    match work {
        Work::Token => {
            let refresh_token = refresh_token(target, credentials).await?;
            Ok(Op::Token { form: access_form(target, &refresh_token)? })
        }
        Work::ManifestToken => {
            let refresh_token = refresh_token(target, credentials).await?;
            let form = access_form(target, &refresh_token)?;
            let mut connection = Connection::open(target).await?;
            let token = token(&mut connection, "/oauth2/token", "access_token", form).await?;
            let Op::GetManifest { path, size, .. } =
                subject.ground.prepare(Work::ManifestTag, 0).await?
            else {
                unreachable!("because a manifest is what that row gets");
            };
            Ok(Op::GetManifest { path, size, authorization: Some(bearer(&token)?) })
        }
        _ => webhooks(target, credentials).await,
    }
}

/// Signs in at the authority of a server, and gives a token for its management API.
pub(crate) async fn management_token(
    connection: &mut Connection,
    credentials: &Credentials,
) -> Result<String> {
    let form = format!(
        "grant_type=client_credentials&scope={MANAGEMENT}&client_id={}&client_secret={}",
        credentials.client_id, credentials.client_secret
    );
    token(connection, "/adfs/oauth2/token", "access_token", form.into()).await
}

/// Writes a token as the header that shows it.
pub(crate) fn bearer(token: &str) -> Result<HeaderValue> {
    let mut bearer = HeaderValue::from_str(&format!("Bearer {token}"))?;
    bearer.set_sensitive(true);
    Ok(bearer)
}

/// Signs in to the registry as `az acr login` does.
async fn refresh_token(target: &Arc<Target>, credentials: &Credentials) -> Result<String> {
    let mut connection = Connection::open(target).await?;
    let shown = management_token(&mut connection, credentials).await?;
    let form = format!(
        "grant_type=access_token&service={}&access_token={shown}",
        target.authority.to_str()?
    );
    token(&mut connection, "/oauth2/exchange", "refresh_token", form.into()).await
}

/// Writes what is asked for a token that pulls what the rows pull.
fn access_form(target: &Target, refresh_token: &str) -> Result<Bytes> {
    let service = target.authority.to_str()?;
    let form = format!(
        "grant_type=refresh_token&service={service}&scope=repository:{READ}:pull&refresh_token={refresh_token}"
    );
    Ok(form.into())
}

async fn token(
    connection: &mut Connection,
    path: &str,
    member: &str,
    form: Bytes,
) -> Result<String> {
    let ask = Ask::new(Method::POST, path).body(FORM_TYPE, Pieces::sized(vec![form]));
    let reply = connection.call(ask, StatusCode::OK).await?;
    let document: Value = serde_json::from_slice(&reply.body)?;
    let token = document[member].as_str().map(ToOwned::to_owned);
    token.with_context(|| format!("the answer of {path} has no {member}"))
}

/// Makes the webhooks that are missing, all of them disabled.
async fn webhooks(target: &Arc<Target>, credentials: &Credentials) -> Result<Op> {
    let mut arm = Arm::open(target, credentials).await?;
    for number in 0..WEBHOOKS {
        arm.create_disabled(&format!("benchlist{number}"), "http://127.0.0.1:9/").await?;
    }
    let ask = arm.list();
    let reply = Connection::open(target).await?.call(ask, StatusCode::OK).await?;
    let document: Value = serde_json::from_slice(&reply.body)?;
    let count = document["value"].as_array().map_or(0, Vec::len);
    ensure!(count == WEBHOOKS, "the first page has {count} webhooks instead of {WEBHOOKS}");
    Ok(Op::Webhooks { arm, size: reply.body.len() as u64 })
}
