//! Who looks at a page, in which language, and whether a form that comes was one of ours.

use crate::Portal;
use crate::form::{FORM_BYTES_MAX, Fields};
use crate::frame::Look;
use crate::mask;
use crate::page::sign_in;
use crate::refusal::Refusal;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::uri::Scheme;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use boathook_core::role::{ArmAction, RoleScope};
use boathook_engine::Ctx;
use boathook_engine::audit::Actor;
use boathook_engine::auth::identity;
use boathook_engine::auth::session::{self, Session};
use boathook_http::{RequestId, base, collect, host};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The name of the cookie of the language, which one that was set over HTTPS does not share either.
pub(crate) fn language_cookie(parts: &Parts) -> &'static str {
    if is_secure(parts) { "__Host-boathook_lang" } else { "boathook_lang" }
}
/// The field of a form that only our pages know.
pub(crate) const FORM_KEY: &str = "form_key";

/// What htmx says of itself.
const HX_REQUEST: &str = "hx-request";
/// What it takes to be told what identities are called.
const READ_IDENTITIES: &str = "Boathook.Identity/servicePrincipals/read";

/// The name of the cookie that holds a session. One that was set over HTTPS is another: browsers let plain pages neither
/// read nor replace it.
pub(crate) fn session_cookie(parts: &Parts) -> &'static str {
    if is_secure(parts) { "__Host-boathook_session" } else { "boathook_session" }
}

/// Says whether the request came over HTTPS.
pub(crate) fn is_secure(parts: &Parts) -> bool {
    parts.extensions.get::<Scheme>() == Some(&Scheme::HTTPS)
}

/// The value of a cookie.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs =
        lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(own, _)| *own == name).map(|(_, value)| value)
}

/// Whoever asks for a page, signed in or not.
pub(crate) struct Guest {
    pub(crate) ctx: Arc<Ctx>,
    pub(crate) look: Look,
    pub(crate) parts: Parts,
    pub(crate) session: Option<Session>,
}

/// Somebody who has signed in.
pub(crate) struct Visitor {
    pub(crate) ctx: Arc<Ctx>,
    pub(crate) look: Look,
    pub(crate) parts: Parts,
    pub(crate) session: Session,
    pub(crate) query: Fields,
}

/// A form that somebody who has signed in has sent from one of our pages.
pub(crate) struct Sent {
    pub(crate) visitor: Visitor,
    pub(crate) fields: Fields,
}

impl Guest {
    async fn of(parts: Parts, portal: &Portal) -> Result<Self, Refusal> {
        let look = Look::of(&portal.ctx, &parts);
        let held = cookie(&parts.headers, session_cookie(&parts));
        let session = match held {
            Some(held) => session::find(&portal.ctx, held).await?,
            None => None,
        };
        Ok(Self { ctx: Arc::clone(&portal.ctx), look, parts, session })
    }
}

impl Visitor {
    /// Says whether the visitor may do what ARM calls `action`.
    pub(crate) fn may(&self, action: &str, scope: &RoleScope) -> bool {
        may(&self.session, action, scope)
    }

    /// Goes on only if the visitor may.
    pub(crate) fn must(&self, action: &'static str, scope: &RoleScope) -> Result<(), Refusal> {
        if self.may(action, scope) { Ok(()) } else { Err(Refusal::Forbidden { action }) }
    }

    /// Who is told of in the audit log.
    pub(crate) fn actor(&self) -> Actor {
        let id = self.parts.extensions.get::<RequestId>();
        Actor {
            name: self.session.principal.client_id.to_string(),
            request: id.map(|RequestId(id)| id.clone()).unwrap_or_default(),
        }
    }

    /// What somebody is called who has done something: by their name, as long as they are there and the visitor may look at
    /// identities.
    pub(crate) async fn called(&self, client_id: &str) -> Result<String, Refusal> {
        if !self.may(READ_IDENTITIES, &RoleScope::Subscription) {
            return Ok(client_id.to_owned());
        }
        let name = identity::name_of(&self.ctx, client_id).await?;
        Ok(name.map_or_else(|| client_id.to_owned(), |name| name.to_string()))
    }

    /// What whoever has pushed something is called, as far as that is known. A registry's token may be named as an identity
    /// is: what is no client id stays apart.
    pub(crate) async fn pusher(&self, pushed_by: Option<&str>) -> Result<Option<String>, Refusal> {
        let Some(name) = pushed_by else { return Ok(None) };
        if identity::is_principal(name) {
            return self.called(name).await.map(Some);
        }
        Ok(Some(self.look.text().by_registry_password(name)))
    }

    /// The same of each of some who have pushed something.
    pub(crate) async fn pushers<'a>(
        &self,
        pushed_by: impl Iterator<Item = &'a str>,
    ) -> Result<BTreeMap<String, String>, Refusal> {
        let pushed_by: BTreeSet<_> = pushed_by.collect();
        let mut names = BTreeMap::new();
        for name in pushed_by {
            names.extend(self.pusher(Some(name)).await?.map(|called| (name.to_owned(), called)));
        }
        Ok(names)
    }

    /// What each of some people is called, who are named by their client ids.
    pub(crate) async fn all_called<'a>(
        &self,
        client_ids: impl Iterator<Item = &'a str>,
    ) -> Result<BTreeMap<String, String>, Refusal> {
        let client_ids: BTreeSet<_> = client_ids.collect();
        let mut names = BTreeMap::new();
        for client_id in client_ids {
            names.insert(client_id.to_owned(), self.called(client_id).await?);
        }
        Ok(names)
    }

    /// The scheme and the host that the page was asked for at.
    pub(crate) fn base(&self) -> String {
        base(&self.parts)
    }

    /// Says whether htmx asks for a part of the page.
    pub(crate) fn wants_part(&self) -> bool {
        self.parts.headers.contains_key(HX_REQUEST)
    }
}

/// Says whether whoever a session is of may do what ARM calls `action`.
pub(crate) fn may(session: &Session, action: &str, scope: &RoleScope) -> bool {
    let action = ArmAction::parse(action).expect("pages ask for actions");
    session.principal.may(action, scope)
}

impl FromRequestParts<Portal> for Guest {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, Response> {
        let look = Look::of(&portal.ctx, parts);
        Self::of(parts.clone(), portal).await.map_err(|refusal| refusal.show(&look, None))
    }
}

impl FromRequestParts<Portal> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, Response> {
        let visitor = Self::of(Guest::from_request_parts(parts, portal).await?)
            .map_err(|response| *response)?;
        visitor.note_use().await?;
        Ok(visitor)
    }
}

impl Visitor {
    /// A guest who has signed in; the way to the sign-in for any other.
    pub(crate) fn of(guest: Guest) -> Result<Self, Box<Response>> {
        let Guest { ctx, look, parts, session } = guest;
        let Some(session) = session else {
            if parts.headers.contains_key(HX_REQUEST) {
                // htmx leaves the page as it is, and what is typed there is kept when the form is sent.
                return Err(Box::new(StatusCode::NO_CONTENT.into_response()));
            }
            let way = Redirect::to(&sign_in::path(&back(&parts)));
            return Err(Box::new(way.into_response()));
        };
        let query = Fields::parse(parts.uri.query().unwrap_or_default().as_bytes());
        Ok(Self { ctx, look, parts, session, query })
    }

    async fn note_use(&self) -> Result<(), Response> {
        let noted = session::note_use(&self.ctx, &self.session).await;
        noted.map_err(|error| Refusal::from(error).show(&self.look, Some(&self.session)))
    }
}

/// The page to come back to.
pub(crate) fn back(parts: &Parts) -> String {
    parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default()
}

impl FromRequest<Portal> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, portal: &Portal) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let look = Look::of(&portal.ctx, &parts);
        let refused = |refusal: Refusal| refusal.show(&look, None);
        if !is_from_here(&parts) {
            return Err(refused(Refusal::Elsewhere));
        }
        let form = collect(&parts.headers, body, FORM_BYTES_MAX).await;
        let form = form.map_err(|why| refused(why.into()))?;
        let fields = Fields::parse(&form);
        let Guest { ctx, look, parts, session } =
            Guest::of(parts, portal).await.map_err(refused)?;
        let Some(session) = session else {
            // What was typed is not lost.
            let kept = sign_in::Kept { path: back(&parts), fields: fields.without(FORM_KEY) };
            return Err(sign_in::ended(&look, kept));
        };
        let query = Fields::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let visitor = Visitor { ctx, look, parts, session, query };
        visitor.note_use().await?;
        if !mask::is_of(fields.text(FORM_KEY), &visitor.session.form_key) {
            // It was made for a session before this one, perhaps of somebody else.
            return Err(crate::page::again::show(&visitor, fields.without(FORM_KEY)));
        }
        Ok(Self { visitor, fields })
    }
}

/// Says whether a form was sent by one of our pages, as far as the browser tells.
pub(crate) fn is_from_here(parts: &Parts) -> bool {
    let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    // A proxy in front of this server may speak another scheme than it does.
    let is_ours = |origin: &str| {
        origin.split_once("://").is_some_and(|(_, rest)| rest == host(parts).as_str())
    };
    text("origin").is_none_or(is_ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(headers: &[(&str, &str)], expected: bool) {
        let mut request = Request::builder().header("host", "h:5000");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        assert_eq!(is_from_here(&parts), expected, "{headers:?}");
    }

    #[test]
    fn a_form_comes_from_one_of_our_pages() {
        check(&[("sec-fetch-site", "same-origin")], true);
        for elsewhere in ["same-site", "cross-site", "none", ""] {
            check(&[("sec-fetch-site", elsewhere), ("origin", "http://h:5000")], false);
        }
        check(&[("origin", "http://h:5000")], true);
        check(&[("origin", "https://h:5000")], true);
        for elsewhere in ["null", "http://h", "http://h:5000.evil", "http://evil/h:5000", ""] {
            check(&[("origin", elsewhere)], false);
        }
        // Not a browser, or one too old to say: the key in the form decides.
        check(&[], true);
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "a=1; boathook_session=x=y;b=2".parse().unwrap());
        headers.append(header::COOKIE, "c=3".parse().unwrap());
        assert_eq!(cookie(&headers, "boathook_session"), Some("x=y"));
        assert_eq!(cookie(&headers, "c"), Some("3"));
        assert_eq!(cookie(&headers, "session"), None);
    }
}
