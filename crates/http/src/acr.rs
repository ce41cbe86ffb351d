//! ACR's own data API under `/acr/v1/` (`az-wire` §6).

mod deleted;
mod error;
mod lists;
mod records;
mod shape;

use crate::app::App;
use crate::facts::Facts;
use crate::oci::caller;
use crate::place;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, header, request::Parts};
use axum::response::{IntoResponse, Response};
use boathook_core::grant::{Access, Permission};
use boathook_core::name::{Place, Repository};
use boathook_engine::auth::Caller;
use boathook_engine::place::Found;
use boathook_wire::acr::route::{self, Target};
use boathook_wire::oci::header::{API_VERSION, DISTRIBUTION_API_VERSION};
use error::AcrError;
use serde::Serialize;

/// Says whether a path, still percent-encoded, belongs to this face.
pub(crate) fn is_ours(path: &str) -> bool {
    path.starts_with("/acr/v1/")
}

/// A request whose caller may do what it asks.
struct Call<'a> {
    app: &'a App,
    parts: &'a Parts,
    place: Place,
    caller: Caller,
}

/// Answers a request of this face.
pub(crate) async fn handle(app: &App, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut facts = Facts::default();
    let answered = answer(app, &parts, body, &mut facts).await;
    let mut response = answered.unwrap_or_else(|error| error.into_response_to(&parts));
    response.headers_mut().insert(DISTRIBUTION_API_VERSION, HeaderValue::from_static(API_VERSION));
    response.extensions_mut().insert(facts);
    response
}

async fn answer(
    app: &App,
    parts: &Parts,
    body: Body,
    facts: &mut Facts,
) -> Result<Response, AcrError> {
    let target = route::parse(parts.uri.path())?;
    tell(facts, &target);
    let wanted = wanted(&target, &parts.method)
        .ok_or_else(|| AcrError::Method { allowed: target.methods() })?;
    let Found { registry, place } = place::of_request(app, parts).await?;
    let caller = match judged(&target, &parts.method) {
        // What the body asks for is known when it has been read.
        Some(judged) => caller::admit_to_either(app, parts, &registry, [&wanted, &judged]).await?,
        None => caller::admit(app, parts, &registry, Some(&wanted)).await?,
    };
    facts.caller = Some(caller.name.clone());
    let call = Call { app, parts, place, caller };
    match (target, &parts.method) {
        (Target::Catalog, _) => lists::catalog(&call).await,
        (Target::Tags(repository), _) => lists::tags(&call, &repository).await,
        (Target::Manifests(repository), _) => lists::manifests(&call, &repository).await,
        (Target::DeletedCatalog, _) => deleted::catalog(&call).await,
        (Target::DeletedManifests(repository), _) => deleted::manifests(&call, &repository).await,
        (Target::DeletedTags(repository), _) => deleted::tags(&call, &repository).await,
        (Target::DeletedManifest(repository, digest), _) => {
            deleted::restore(&call, repository, digest, body).await
        }
        (target, &Method::PATCH) => records::patch(&call, &target, body).await,
        (Target::Repository(repository), &Method::DELETE) => {
            records::delete_repository(&call, repository).await
        }
        (Target::Tag(repository, tag), &Method::DELETE) => {
            records::untag(&call, repository, tag).await
        }
        (target, _) => records::get(&call, &target).await,
    }
}

/// What a request needs to be allowed; `None` where the path does not take the method.
fn wanted(target: &Target, method: &Method) -> Option<Access> {
    let permission = match (target, method) {
        (Target::Catalog, &Method::GET) => return Some(Access::Catalog),
        (Target::DeletedCatalog, &Method::GET) => return Some(Access::DeletedCatalog),
        (Target::DeletedManifests(_) | Target::DeletedTags(_), &Method::GET) => {
            Permission::DeletedRead
        }
        (Target::DeletedManifest(..), &Method::POST) => Permission::DeletedRestore,
        (Target::DeletedManifest(..), _) => return None,
        (_, &Method::GET) => Permission::MetadataRead,
        (Target::Repository(_) | Target::Tag(..) | Target::Manifest(..), &Method::PATCH) => {
            Permission::MetadataWrite
        }
        (Target::Repository(_) | Target::Tag(..), &Method::DELETE) => Permission::Delete,
        _ => return None,
    };
    let name = target.repository()?.clone();
    Some(Access::Repository { name, permissions: vec![permission] })
}

/// What else lets somebody change a manifest, as far as the quarantine goes.
fn judged(target: &Target, method: &Method) -> Option<Access> {
    match (target, method) {
        (Target::Manifest(name, _), &Method::PATCH) => Some(Access::Repository {
            name: name.clone(),
            permissions: vec![Permission::QuarantineWrite],
        }),
        _ => None,
    }
}

fn tell(facts: &mut Facts, target: &Target) {
    let (route, subject) = match target {
        Target::Catalog => ("acr.catalog", None),
        Target::Repository(_) => ("acr.repository", None),
        Target::Tags(_) => ("acr.tags", None),
        Target::Tag(_, tag) => ("acr.tag", Some(tag.to_string())),
        Target::Manifests(_) => ("acr.manifests", None),
        Target::Manifest(_, digest) => ("acr.manifest", Some(digest.to_string())),
        Target::DeletedCatalog => ("acr.deletedCatalog", None),
        Target::DeletedTags(_) => ("acr.deletedTags", None),
        Target::DeletedManifests(_) => ("acr.deletedManifests", None),
        Target::DeletedManifest(_, digest) => ("acr.restore", Some(digest.to_string())),
    };
    *facts = Facts {
        route: Some(route),
        repository: target.repository().map(ToString::to_string),
        subject,
        caller: None,
    };
}

impl Call<'_> {
    /// Makes sure that the caller may do one more thing with the repository than it was let in for.
    fn needs(&self, repository: &Repository, permission: Permission) -> Result<(), AcrError> {
        let wanted = Access::Repository { name: repository.clone(), permissions: vec![permission] };
        if self.caller.grants.allows(&wanted) {
            Ok(())
        } else {
            Err(AcrError::Unauthorized { wanted: Some(wanted) })
        }
    }
}

/// An answer that all went well, and what it has to show.
fn shown(body: &impl Serialize) -> Response {
    let body = serde_json::to_vec(body).expect("because all of it is text and numbers");
    ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response()
}
