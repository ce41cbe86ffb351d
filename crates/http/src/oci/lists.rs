//! Lists: repositories, tags, referrers. Each is paged.

use super::manifests::text;
use super::{Call, OciError};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use boathook_core::digest::Digest;
use boathook_core::media_type::OCI_INDEX;
use boathook_core::name::Repository;
use boathook_engine::registry::list::{self, Page, ReferrerRow, WantedReferrers};
use boathook_wire::oci::header::FILTERS_APPLIED;
use boathook_wire::oci::page::{self, Page as Asked};
use boathook_wire::oci::referrers::{self, ARTIFACT_TYPE, Descriptor};
use boathook_wire::oci::route::Target;

pub(super) async fn catalog(call: &Call<'_>) -> Result<Response, OciError> {
    let asked = Query::parse(call)?;
    let page = list::repositories(&call.app.ctx, &call.place, &asked.last, asked.limit).await?;
    let body = boathook_wire::oci::list::catalog(page.entries.iter().map(String::as_str));
    Ok(listing(body, asked.next(&page, String::as_str, &Target::Catalog, &[])))
}

pub(super) async fn tags(call: &Call<'_>, repository: &Repository) -> Result<Response, OciError> {
    let asked = Query::parse(call)?;
    let found =
        list::tags(&call.app.ctx, &call.place, repository, &asked.last, asked.limit).await?;
    let page = found.ok_or(OciError::NameUnknown)?;
    let body = boathook_wire::oci::list::tags(repository, page.entries.iter().map(String::as_str));
    Ok(listing(body, asked.next(&page, String::as_str, &Target::Tags(repository.clone()), &[])))
}

pub(super) async fn referrers(
    call: &Call<'_>,
    repository: &Repository,
    digest: &Digest,
) -> Result<Response, OciError> {
    let asked = Query::parse(call)?;
    let artifact_type = referrers::artifact_type(call.parts.uri.query());
    let sight = call.sight(repository);
    let wanted = WantedReferrers { artifact_type, sight };
    let (ctx, place) = (&call.app.ctx, &call.place);
    let page =
        list::referrers(ctx, place, repository, digest, &wanted, &asked.last, asked.limit).await?;
    let target = Target::Referrers(repository.clone(), digest.clone());
    let artifact_type = wanted.artifact_type.as_deref();
    let kept: Vec<_> = artifact_type.map(|wanted| (ARTIFACT_TYPE, wanted)).into_iter().collect();
    let link = asked.next(&page, |row| row.digest.as_str(), &target, &kept);
    let descriptors: Vec<_> = page.entries.into_iter().map(descriptor).collect();
    let mut response = listing(referrers::body(&descriptors), link);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(OCI_INDEX));
    if artifact_type.is_some() {
        response.headers_mut().insert(FILTERS_APPLIED, HeaderValue::from_static(ARTIFACT_TYPE));
    }
    Ok(response)
}

fn descriptor(row: ReferrerRow) -> Descriptor {
    Descriptor {
        media_type: row.media_type,
        digest: row.digest,
        size: row.size,
        artifact_type: row.artifact_type,
        annotations: row.annotations.and_then(|text| serde_json::from_str(&text).ok()),
    }
}

/// Which page a request asks for.
struct Query {
    last: String,
    limit: u32,
}

impl Query {
    fn parse(call: &Call<'_>) -> Result<Self, OciError> {
        let Asked { limit, last } = page::parse(call.parts.uri.query())?;
        let limit = u32::try_from(limit).expect("a page's limit is clamped");
        Ok(Self { last: last.unwrap_or_default(), limit })
    }

    /// The `Link` to the page after `page`, if there is one.
    fn next<T>(
        &self,
        page: &Page<T>,
        name: impl Fn(&T) -> &str,
        target: &Target,
        kept: &[(&str, &str)],
    ) -> Option<String> {
        let last = page.entries.last().filter(|_| page.has_more)?;
        Some(page::link(&target.to_string(), name(last), self.limit as usize, kept))
    }
}

fn listing(body: Vec<u8>, link: Option<String>) -> Response {
    let mut response = ([(header::CONTENT_TYPE, "application/json")], body).into_response();
    if let Some(link) = link {
        response.headers_mut().insert(header::LINK, text(&link));
    }
    response
}
