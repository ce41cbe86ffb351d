//! What charts there are: for Helm in `index.yaml`, for `az` as JSON.

use super::{Call, HelmError, shown};
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use boathook_core::chart::{ChartName, ChartVersion};
use boathook_core::name::Repository;
use boathook_engine::charts::index::{self, Index};
use boathook_wire::helm::condition;

pub(super) async fn index(call: &Call<'_>, repository: &Repository) -> Result<Response, HelmError> {
    let index = found(call, repository).await?;
    let named = call.parts.headers.get_all(header::IF_NONE_MATCH).iter();
    let named = named.filter_map(|value| value.to_str().ok());
    let is_known = condition::names(named, index.entity_tag());
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let yaml = index.yaml();
        call.app.ctx.meters.bytes_out.add(yaml.len() as u64);
        let head = [(header::CONTENT_TYPE, "application/yaml; charset=utf-8")];
        (head, Body::from(yaml)).into_response()
    };
    let headers = response.headers_mut();
    let tag = HeaderValue::from_str(index.entity_tag());
    headers.insert(header::ETAG, tag.expect("because an id and a number are ASCII"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

pub(super) async fn charts(
    call: &Call<'_>,
    repository: &Repository,
) -> Result<Response, HelmError> {
    let charts = found(call, repository).await?.charts();
    call.app.ctx.meters.bytes_out.add(charts.len() as u64);
    Ok(shown(charts))
}

pub(super) async fn chart(
    call: &Call<'_>,
    repository: &Repository,
    name: &ChartName,
) -> Result<Response, HelmError> {
    let versions = found(call, repository).await?.chart(name);
    Ok(shown(versions.ok_or(HelmError::ChartUnknown)?))
}

pub(super) async fn version(
    call: &Call<'_>,
    repository: &Repository,
    name: &ChartName,
    version: &ChartVersion,
) -> Result<Response, HelmError> {
    let entry = found(call, repository).await?.version(name, version);
    Ok(shown(entry.ok_or(HelmError::ChartUnknown)?))
}

async fn found(call: &Call<'_>, repository: &Repository) -> Result<Index, HelmError> {
    let found = index::of(&call.app.ctx, &call.place, repository, &call.caller.grants).await??;
    found.ok_or(HelmError::NameUnknown)
}
