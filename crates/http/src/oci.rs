//! The distribution API under `/v2/` (OCI distribution-spec 1.1).

mod blobs;
pub(crate) mod caller;
mod error;
mod lists;
mod manifests;
mod uploads;

use crate::app::App;
use crate::facts::Facts;
use crate::place;
use crate::server::Closed;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, header, request::Parts};
use axum::response::{IntoResponse, Response};
use boathook_core::grant::{Access, Permission};
use boathook_core::name::{Place, Repository};
use boathook_core::quarantine::Sight;
use boathook_engine::auth::Caller;
use boathook_engine::place::{Found, Registry};
use boathook_engine::registry::quarantine;
use boathook_wire::oci::header::{API_VERSION, DISTRIBUTION_API_VERSION};
use boathook_wire::oci::route::{self, Target};
use error::OciError;
use std::sync::Arc;

/// A request whose caller may do what it asks.
struct Call<'a> {
    app: &'a App,
    parts: &'a Parts,
    registry: Arc<Registry>,
    place: Place,
    caller: Caller,
}

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
    body: axum::body::Body,
    facts: &mut Facts,
) -> Result<Response, OciError> {
    let target = route::parse(parts.uri.path())?;
    tell(facts, &target);
    let wanted = match wanted(&target, &parts.method) {
        Wanted::Anybody => None,
        Wanted::Access(access) => Some(access),
        Wanted::Method => return Err(OciError::Method { allowed: target.methods() }),
    };
    let Found { registry, place } = place::of_request(app, parts).await?;
    let caller = caller::admit(app, parts, &registry, wanted.as_ref()).await?;
    facts.caller = Some(caller.name.clone());
    let call = Call { app, parts, registry, place, caller };
    match (target, &parts.method) {
        (Target::Base, _) => Ok(axum::Json(serde_json::json!({})).into_response()),
        (Target::Catalog, _) => lists::catalog(&call).await,
        (Target::Tags(repository), _) => lists::tags(&call, &repository).await,
        (Target::Referrers(repository, digest), _) => {
            lists::referrers(&call, &repository, &digest).await
        }
        (Target::Manifest(repository, reference), &Method::PUT) => {
            manifests::put(&call, repository, reference, body).await
        }
        (Target::Manifest(repository, reference), &Method::DELETE) => {
            manifests::delete(&call, repository, reference).await
        }
        (Target::Manifest(repository, reference), _) => {
            manifests::get(&call, &repository, &reference).await
        }
        (Target::Blob(repository, digest), &Method::DELETE) => {
            blobs::delete(&call, &repository, &digest).await
        }
        (Target::Blob(repository, digest), _) => blobs::get(&call, &repository, &digest).await,
        (Target::Uploads(repository), _) => uploads::begin(&call, repository, body).await,
        (Target::Upload(repository, id), &Method::PATCH) => {
            uploads::append(&call, repository, id, body).await
        }
        (Target::Upload(repository, id), &Method::PUT) => {
            uploads::finish(&call, repository, id, body).await
        }
        (Target::Upload(repository, id), &Method::DELETE) => {
            uploads::cancel(&call, repository, id).await
        }
        (Target::Upload(repository, id), _) => uploads::status(&call, repository, id).await,
    }
}

/// What a request needs to be allowed.
enum Wanted {
    /// To have signed in.
    Anybody,
    /// Some access.
    Access(Access),
    /// Nothing helps: the path does not take the method.
    Method,
}

fn wanted(target: &Target, method: &Method) -> Wanted {
    let is_read = matches!(*method, Method::GET | Method::HEAD);
    let push: &[_] = &[Permission::Pull, Permission::Push];
    let (name, permissions) = match target {
        Target::Base if is_read => return Wanted::Anybody,
        Target::Catalog if is_read => return Wanted::Access(Access::Catalog),
        Target::Tags(name)
        | Target::Referrers(name, _)
        | Target::Manifest(name, _)
        | Target::Blob(name, _)
            if is_read =>
        {
            (name, &[Permission::Pull][..])
        }
        Target::Manifest(name, _) | Target::Blob(name, _) if method == Method::DELETE => {
            (name, &[Permission::Delete][..])
        }
        Target::Manifest(name, _) if method == Method::PUT => (name, push),
        Target::Uploads(name) if method == Method::POST => (name, push),
        Target::Upload(name, _)
            if is_read || matches!(*method, Method::PATCH | Method::PUT | Method::DELETE) =>
        {
            (name, push)
        }
        _ => return Wanted::Method,
    };
    Wanted::Access(Access::Repository { name: name.clone(), permissions: permissions.to_vec() })
}

fn tell(facts: &mut Facts, target: &Target) {
    let (route, repository, subject) = match target {
        Target::Base => ("oci.base", None, None),
        Target::Catalog => ("oci.catalog", None, None),
        Target::Tags(repository) => ("oci.tags", Some(repository), None),
        Target::Manifest(repository, reference) => {
            ("oci.manifest", Some(repository), Some(reference.to_string()))
        }
        Target::Blob(repository, digest) => {
            ("oci.blob", Some(repository), Some(digest.to_string()))
        }
        Target::Uploads(repository) => ("oci.uploads", Some(repository), None),
        Target::Upload(repository, id) => ("oci.upload", Some(repository), Some(id.to_string())),
        Target::Referrers(repository, digest) => {
            ("oci.referrers", Some(repository), Some(digest.to_string()))
        }
    };
    *facts = Facts {
        route: Some(route),
        repository: repository.map(ToString::to_string),
        subject,
        caller: None,
    };
}

impl Call<'_> {
    /// The text of a header; absent where it is no text.
    fn header(&self, name: &header::HeaderName) -> Option<&str> {
        self.parts.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// What the caller sees of a repository.
    fn sight(&self, repository: &Repository) -> Sight {
        quarantine::sight(&self.registry, &self.caller.grants, repository)
    }

    /// The request as events tell of it.
    fn request(&self, method: &'static str) -> boathook_core::event::Request {
        caller::request(self.parts, method)
    }
}

/// The answer to a path that no face has.
pub(crate) fn nothing_here() -> Response {
    OciError::NoRoute.into_response()
}

/// The answer where there is nobody to answer.
pub(crate) fn away(closed: Closed) -> Response {
    let mut response = OciError::Away(closed).into_response();
    response.headers_mut().insert(DISTRIBUTION_API_VERSION, HeaderValue::from_static(API_VERSION));
    response
}

/// The answer where a handler has panicked.
pub(crate) fn broken() -> Response {
    tracing::error!("a handler panicked");
    OciError::Panicked.into_response()
}
