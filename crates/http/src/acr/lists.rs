//! Lists: repositories, tags, manifests. Each is paged.

use super::{AcrError, Call, shape, shown};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use boathook_core::name::Repository;
use boathook_core::time::Timestamp;
use boathook_engine::registry::list;
use boathook_engine::registry::records::{self, After, Order, PageOf};
use boathook_wire::acr::body::{Manifests, Tags};
use boathook_wire::acr::query::{self, Position, Query};
use boathook_wire::acr::route::Target;

pub(super) async fn catalog(call: &Call<'_>) -> Result<Response, AcrError> {
    let asked = query::parse(call.parts.uri.query())?;
    let last = asked.last.as_deref().unwrap_or_default();
    let page = list::repositories(&call.app.ctx, &call.place, last, limit(&asked)).await?;
    let body = boathook_wire::oci::list::catalog(page.entries.iter().map(String::as_str));
    let response = ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], body);
    let last = page.entries.last().filter(|_| page.has_more);
    let link = last.map(|last| asked.link(&Target::Catalog.to_string(), last));
    Ok(linked(response.into_response(), link))
}

pub(super) async fn tags(call: &Call<'_>, repository: &Repository) -> Result<Response, AcrError> {
    let asked = query::parse(call.parts.uri.query())?;
    let (ctx, place, on) = (&call.app.ctx, &call.place, asked.digest.as_ref());
    let found = records::tags(ctx, place, repository, on, page_of(&asked)).await?;
    let page = found.ok_or(AcrError::NameUnknown)?;
    let last = page.entries.last().filter(|_| page.has_more);
    let link = last.map(|last| {
        next(&asked, &Target::Tags(repository.clone()), last.updated, last.name.as_str())
    });
    let tags = page.entries.iter().map(shape::tag).collect();
    Ok(linked(shown(&shape::within(call, repository, Tags { tags })), link))
}

pub(super) async fn manifests(
    call: &Call<'_>,
    repository: &Repository,
) -> Result<Response, AcrError> {
    let asked = query::parse(call.parts.uri.query())?;
    let (ctx, place) = (&call.app.ctx, &call.place);
    let found = records::manifests(ctx, place, repository, page_of(&asked)).await?;
    let page = found.ok_or(AcrError::NameUnknown)?;
    let last = page.entries.last().filter(|_| page.has_more);
    let link = last.map(|last| {
        next(&asked, &Target::Manifests(repository.clone()), last.updated, last.digest.as_str())
    });
    let manifests = page.entries.into_iter().map(shape::manifest).collect();
    Ok(linked(shown(&shape::within(call, repository, Manifests { manifests })), link))
}

pub(super) fn limit(asked: &Query) -> u32 {
    u32::try_from(asked.limit).expect("a page's limit is clamped")
}

fn page_of(asked: &Query) -> PageOf {
    let after = match asked.position() {
        None => After::Nothing,
        Some(Position { changed: None, name }) => After::Name(name.to_owned()),
        Some(Position { changed: Some(at), name }) => After::Moment(at, name.to_owned()),
    };
    let order = match asked.order {
        query::Order::Name => Order::Name,
        query::Order::TimeAscending => Order::OldestFirst,
        query::Order::TimeDescending => Order::NewestFirst,
    };
    PageOf { order, after, limit: limit(asked) }
}

/// The `Link` to the page after the entry `name`.
fn next(asked: &Query, target: &Target, changed: Timestamp, name: &str) -> String {
    let position = Position { changed: Some(changed), name };
    asked.link(&target.to_string(), &position.print(asked.order))
}

pub(super) fn linked(mut response: Response, link: Option<String>) -> Response {
    if let Some(link) = link.and_then(|link| HeaderValue::try_from(link).ok()) {
        response.headers_mut().insert(header::LINK, link);
    }
    response
}
