//! The classic Helm repository under `/helm/v1/` (`acr-facts` §7).

mod error;
mod files;
mod lists;

use crate::app::App;
use crate::facts::Facts;
use crate::oci::caller;
use crate::place;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, header, request::Parts};
use axum::response::{IntoResponse, Response};
use boathook_core::grant::{Access, Permission};
use boathook_core::name::Place;
use boathook_engine::auth::Caller;
use boathook_engine::place::Found;
use boathook_wire::helm::route::{self, Target};
use boathook_wire::oci::header::{API_VERSION, DISTRIBUTION_API_VERSION};
use error::HelmError;

/// Says whether a path, still percent-encoded, belongs to this face.
pub(crate) fn is_ours(path: &str) -> bool {
    path.starts_with("/helm/v1/")
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
) -> Result<Response, HelmError> {
    let target = route::parse(parts.uri.path())?;
    tell(facts, &target);
    let wanted = wanted(&target, &parts.method)
        .ok_or_else(|| HelmError::Method { allowed: target.methods() })?;
    let Found { registry, place } = place::of_request(app, parts).await?;
    let caller = caller::admit(app, parts, &registry, Some(&wanted)).await?;
    facts.caller = Some(caller.name.clone());
    let call = Call { app, parts, place, caller };
    match (target, &parts.method) {
        (Target::Index(repository), _) => lists::index(&call, &repository).await,
        (Target::Charts(repository), _) => lists::charts(&call, &repository).await,
        (Target::Chart(repository, name), &Method::DELETE) => {
            files::delete_chart(&call, &repository, &name).await
        }
        (Target::Chart(repository, name), _) => lists::chart(&call, &repository, &name).await,
        (Target::Version(repository, name, version), _) => {
            lists::version(&call, &repository, &name, &version).await
        }
        (Target::File(repository, file), &Method::PUT | &Method::PATCH) => {
            files::put(&call, repository, file, body).await
        }
        (Target::File(repository, file), &Method::DELETE) => {
            files::delete(&call, &repository, &file).await
        }
        (Target::File(repository, file), _) => files::get(&call, &repository, &file).await,
    }
}

/// What a request needs to be allowed; `None` where the path does not take the method.
fn wanted(target: &Target, method: &Method) -> Option<Access> {
    let permissions = match (target, method) {
        (Target::Index(_) | Target::File(..), &Method::GET | &Method::HEAD)
        | (Target::Charts(_) | Target::Chart(..) | Target::Version(..), &Method::GET) => {
            vec![Permission::Pull]
        }
        (Target::File(..), &Method::PUT | &Method::PATCH) => {
            vec![Permission::Pull, Permission::Push]
        }
        (Target::File(..) | Target::Chart(..), &Method::DELETE) => vec![Permission::Delete],
        _ => return None,
    };
    Some(Access::ArtifactRepository { name: target.repository().clone(), permissions })
}

fn tell(facts: &mut Facts, target: &Target) {
    let (route, subject) = match target {
        Target::Index(_) => ("helm.index", None),
        Target::File(_, file) => ("helm.file", Some(file.to_string())),
        Target::Charts(_) => ("helm.charts", None),
        Target::Chart(_, name) => ("helm.chart", Some(name.to_string())),
        Target::Version(_, name, version) => ("helm.version", Some(format!("{name}-{version}"))),
    };
    *facts = Facts {
        route: Some(route),
        repository: Some(target.repository().to_string()),
        subject,
        caller: None,
    };
}

/// An answer in JSON.
fn shown(body: impl Into<Body>) -> Response {
    let head = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
    (head, body.into()).into_response()
}
