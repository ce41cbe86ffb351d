//! Signing in and out.

use super::again;
use crate::Portal;
use crate::form::{FORM_BYTES_MAX, Fields, query};
use crate::frame::{Frame, Look, told};
use crate::refusal::Refusal;
use crate::text::Text;
use crate::visitor::{Guest, Sent, Visitor, is_from_here, is_secure, session_cookie};
use askama::Template;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use boathook_engine::Ctx;
use boathook_engine::auth::Unchecked;
use boathook_engine::auth::session::{self, SESSION_AGE_MAX, Session, Shown};
use boathook_http::collect;
use std::sync::Arc;

const ROUTE: &str = "portal.signIn";

/// What somebody had typed into a form before their session ended.
pub(crate) struct Kept {
    /// Where the form is sent.
    pub(crate) path: String,
    pub(crate) fields: Fields,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    frame: Frame,
    t: &'static dyn Text,
    user: String,
    why_not: Option<String>,
    back: String,
    /// The form that is sent after that, where it is sent, and that there is one.
    kept: Option<(String, Vec<(String, String)>)>,
}

/// The address of the page, which leads back to another.
pub(crate) fn path(back: &str) -> String {
    let is_home = matches!(back, "/" | "/portal" | "/portal/" | "/portal/registries");
    let query = if is_home { String::new() } else { format!("?{}", query("back", back)) };
    format!("/portal/sign-in{query}")
}

/// `GET /portal/sign-in`.
pub(crate) async fn get(guest: Guest) -> Response {
    let fields = Fields::parse(guest.parts.uri.query().unwrap_or_default().as_bytes());
    let back = inside(fields.text("back"));
    if guest.session.is_some() {
        return told(Redirect::to(&back).into_response(), guest.session.as_ref(), ROUTE);
    }
    let page = SignInPage {
        frame: Frame::new(&guest.look, None),
        t: guest.look.text(),
        user: String::new(),
        why_not: None,
        back,
        kept: None,
    };
    guest.look.show(None, ROUTE, StatusCode::OK, page.render())
}

/// The page for somebody whose session has ended while they filled in a form.
pub(crate) fn ended(look: &Look, kept: Kept) -> Response {
    let t = look.text();
    let page = SignInPage {
        frame: Frame::new(look, None),
        t,
        user: String::new(),
        why_not: Some(t.session_ended().to_owned()),
        back: String::new(),
        kept: Some((inside(&kept.path), kept.fields.into_pairs())),
    };
    look.show(None, ROUTE, StatusCode::UNAUTHORIZED, page.render())
}

/// `POST /portal/sign-in`.
pub(crate) async fn post(State(portal): State<Portal>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let ctx = &*portal.ctx;
    let look = Look::of(ctx, &parts);
    if !is_from_here(&parts) {
        return Refusal::Elsewhere.show(&look, None);
    }
    // What was kept of another form comes along, encoded once more.
    let form = match collect(&parts.headers, body, 4 * FORM_BYTES_MAX).await {
        Ok(form) => form,
        Err(why) => return Refusal::from(why).show(&look, None),
    };
    let fields = Fields::parse(&form);
    match sign_in(ctx, &parts, &fields, &look).await {
        Ok(held) => welcome(&portal, parts, held, &fields).await,
        Err((status, why_not)) => {
            let page = SignInPage {
                frame: Frame::new(&look, None),
                t: look.text(),
                user: fields.text("user").to_owned(),
                why_not: Some(why_not),
                back: inside(fields.text("back")),
                kept: kept(&fields).map(|kept| (kept.path, kept.fields.into_pairs())),
            };
            look.show(None, ROUTE, status, page.render())
        }
    }
}

async fn sign_in(
    ctx: &Ctx,
    parts: &Parts,
    fields: &Fields,
    look: &Look,
) -> Result<String, (StatusCode, String)> {
    let t = look.text();
    let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let (user, password) = (fields.text("user"), fields.text("password"));
    let shown = match fields.text("token") {
        "" => Shown::Password { user, password },
        token => Shown::Token(token),
    };
    match session::begin(ctx, shown, agent.unwrap_or_default()).await {
        Ok(Ok(held)) => Ok(held),
        Ok(Err(refusal)) => Err((StatusCode::UNAUTHORIZED, t.not_signed_in(refusal).to_owned())),
        Err(Unchecked::Failed(error)) => {
            tracing::error!(error = &error as &dyn std::error::Error, "nobody can sign in");
            Err((StatusCode::SERVICE_UNAVAILABLE, t.failed_why().to_owned()))
        }
        Err(unchecked) => {
            let why_not = t.try_again_in(unchecked.retry_after_seconds());
            Err((StatusCode::TOO_MANY_REQUESTS, why_not))
        }
    }
}

/// The first answer of a session.
async fn welcome(portal: &Portal, mut parts: Parts, held: String, fields: &Fields) -> Response {
    let cookie = cookie(&parts, &held, SESSION_AGE_MAX.as_secs());
    let (ctx, kept) = (Arc::clone(&portal.ctx), kept(fields));
    let session = match session::find(&ctx, &held).await {
        Ok(session) => session,
        Err(error) => return Refusal::from(error).show(&Look::of(&ctx, &parts), None),
    };
    let mut answer = match (session, kept) {
        (Some(session), Some(Kept { path, fields })) => {
            // The page is about the form, and not about having signed in.
            if let Ok(uri) = path.parse::<Uri>() {
                parts.uri = uri;
            }
            let look = Look::of(&ctx, &parts);
            let visitor = Visitor { ctx, look, parts, session, query: Fields::default() };
            again::show(&visitor, fields)
        }
        (session, _) => {
            let back = Redirect::to(&inside(fields.text("back")));
            told(back.into_response(), session.as_ref(), ROUTE)
        }
    };
    answer.headers_mut().append(header::SET_COOKIE, cookie);
    answer
}

/// `POST /portal/sign-out`.
pub(crate) async fn sign_out(Sent { visitor, .. }: Sent) -> Response {
    let Session { principal, id, .. } = &visitor.session;
    if let Err(error) = session::end(&visitor.ctx, &principal.id, id).await {
        return Refusal::from(error).show(&visitor.look, Some(&visitor.session));
    }
    let mut response = visitor.go_on("portal.signOut", "/portal/sign-in");
    response.headers_mut().append(header::SET_COOKIE, cookie(&visitor.parts, "", 0));
    response
}

/// What was kept of a form, if there was one.
fn kept(fields: &Fields) -> Option<Kept> {
    let path = fields.find("kept_path")?;
    let fields = Fields::parse(fields.text("kept_fields").as_bytes());
    Some(Kept { path: inside(path), fields })
}

/// An address of the portal; the first page instead of any other.
fn inside(address: &str) -> String {
    let is_inside = address.starts_with("/portal/")
        && !address.contains('\\')
        && address.bytes().all(|byte| byte.is_ascii_graphic());
    if is_inside { address } else { "/portal/registries" }.to_owned()
}

fn cookie(parts: &Parts, held: &str, age_s: u64) -> HeaderValue {
    let secure = if is_secure(parts) { "; Secure" } else { "" };
    let name = session_cookie(parts);
    let cookie = format!("{name}={held}; Path=/; Max-Age={age_s}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&cookie).expect("a session is hexadecimal")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_out_of_the_portal() {
        for address in ["/portal/registries/a/webhooks?after=b", "/portal/x"] {
            assert_eq!(inside(address), address);
        }
        for address in
            ["", "/", "//evil", "https://evil/portal/", "/portal/\\evil", "/portal/a\r\nb", "/v2/"]
        {
            assert_eq!(inside(address), "/portal/registries", "{address}");
        }
    }
}
