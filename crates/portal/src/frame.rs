//! What surrounds every page: its head, its navigation, and the headers of its answer.

use crate::assets;
use crate::language::Language;
use crate::mask::masked;
use crate::page::{activity, address, keys, replications, storage, webhooks};
use crate::text::Text;
use crate::visitor::{Visitor, cookie, is_secure, language_cookie, may};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use boathook_core::grant::Access;
use boathook_core::id::Ids;
use boathook_core::role::RoleScope;
use boathook_engine::Ctx;
use boathook_engine::RegistryRow;
use boathook_engine::auth::session::Session;
use boathook_engine::auth::{new_secret, scope_of};
use boathook_http::Facts;
use std::sync::Arc;
use url::form_urlencoded;

/// How a page looks to whoever asks for it.
#[derive(Clone)]
pub(crate) struct Look {
    ids: Arc<dyn Ids>,
    pub(crate) language: Language,
    /// Whether the reader has just chosen it.
    is_chosen: bool,
    language_cookie: &'static str,
    is_secure: bool,
    /// Whether the page was asked for, and not made by a form.
    is_get: bool,
    nonce: String,
    path: String,
    query: String,
}

impl Look {
    /// Reads what a request says of its reader's language: `?lang=`, the cookie, then `Accept-Language`.
    pub(crate) fn of(ctx: &Ctx, parts: &Parts) -> Self {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes());
        let (asked, rest): (Vec<_>, Vec<_>) = pairs.partition(|(name, _)| name == "lang");
        let chosen = asked.first().and_then(|(_, tag)| Language::of_tag(tag));
        let kept = || Language::of_tag(cookie(&parts.headers, language_cookie(parts))?);
        let accepted = parts.headers.get(header::ACCEPT_LANGUAGE);
        let preferred =
            || Language::preferred(accepted.and_then(|value| value.to_str().ok()).unwrap_or(""));
        Self {
            ids: Arc::clone(&ctx.ids),
            language: chosen.or_else(kept).unwrap_or_else(preferred),
            is_chosen: chosen.is_some(),
            language_cookie: language_cookie(parts),
            is_secure: is_secure(parts),
            is_get: parts.method == Method::GET,
            nonce: new_secret(&*ctx.ids),
            path: parts.uri.path().to_owned(),
            query: form_urlencoded::Serializer::new(String::new()).extend_pairs(rest).finish(),
        }
    }

    /// The page's words.
    pub(crate) fn text(&self) -> &'static dyn Text {
        self.language.text()
    }

    /// The answer that shows a page.
    pub(crate) fn show(
        &self,
        session: Option<&Session>,
        route: &'static str,
        status: StatusCode,
        html: askama::Result<String>,
    ) -> Response {
        let html = html.expect("because strings are always printable");
        let mut response = (status, Html(html)).into_response();
        let headers = response.headers_mut();
        let policy = format!(
            "default-src 'none'; script-src 'nonce-{0}'; style-src 'self' 'nonce-{0}'; img-src 'self'; \
             connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            self.nonce
        );
        for (name, value) in [
            (header::CONTENT_SECURITY_POLICY, policy.as_str()),
            (header::CACHE_CONTROL, "no-store"),
            (header::REFERRER_POLICY, "same-origin"),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
            (HeaderName::from_static("x-frame-options"), "DENY"),
            (header::VARY, "Cookie, Accept-Language, HX-Request"),
        ] {
            let value = HeaderValue::from_str(value);
            headers.insert(name, value.expect("a nonce is made of digits and letters"));
        }
        if self.is_chosen {
            let tag = self.language.tag();
            let (name, secure) =
                (self.language_cookie, if self.is_secure { "; Secure" } else { "" });
            let cookie =
                format!("{name}={tag}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly{secure}");
            let value = HeaderValue::from_str(&cookie);
            headers.append(header::SET_COOKIE, value.expect("a tag is made of letters"));
        }
        told(response, session, route)
    }
}

/// Leaves in an answer what the log and the metrics say of it.
pub(crate) fn told(
    mut response: Response,
    session: Option<&Session>,
    route: &'static str,
) -> Response {
    let caller = session.map(|session| session.principal.client_id.to_string());
    response.extensions_mut().insert(Facts { route: Some(route), caller, ..Facts::default() });
    response
}

/// Which of a registry's pages one belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Overview,
    Repositories,
    Charts,
    Webhooks,
    Replications,
    Keys,
    Storage,
}

impl Section {
    /// All of them, in the order of the navigation.
    const ALL: [Self; 7] = [
        Self::Overview,
        Self::Repositories,
        Self::Charts,
        Self::Webhooks,
        Self::Replications,
        Self::Keys,
        Self::Storage,
    ];

    /// What its address ends in.
    fn end(self) -> &'static str {
        match self {
            Self::Overview => "",
            Self::Repositories => "/repositories",
            Self::Charts => "/charts",
            Self::Webhooks => "/webhooks",
            Self::Replications => "/replications",
            Self::Keys => "/keys",
            Self::Storage => "/storage",
        }
    }

    /// Says whether the visitor may look at it: by what the API of that asks for.
    fn is_shown(self, visitor: &Visitor, scope: &RoleScope) -> bool {
        let action = match self {
            Self::Overview => "Microsoft.ContainerRegistry/registries/read",
            Self::Repositories | Self::Charts => {
                return visitor.session.principal.grants_on(scope).allows(&Access::Catalog);
            }
            Self::Webhooks => webhooks::READ,
            Self::Replications => replications::READ,
            Self::Keys => keys::LIST,
            Self::Storage => storage::READ,
        };
        visitor.may(action, scope)
    }

    fn word(self, t: &'static dyn Text) -> &'static str {
        match self {
            Self::Overview => t.overview(),
            Self::Repositories => t.repositories(),
            Self::Charts => t.charts(),
            Self::Webhooks => t.webhooks(),
            Self::Replications => t.replications(),
            Self::Keys => t.keys(),
            Self::Storage => t.storage(),
        }
    }
}

/// The registry that a page is about.
pub(crate) struct Place {
    /// Its name as it was typed.
    pub(crate) label: String,
    /// Its pages.
    pub(crate) tabs: Vec<Tab>,
}

/// A link of the navigation.
pub(crate) struct Tab {
    pub(crate) href: String,
    pub(crate) word: &'static str,
    pub(crate) is_here: bool,
}

impl Place {
    fn new(visitor: &Visitor, registry: &RegistryRow, here: Section) -> Self {
        let (t, scope) = (visitor.look.text(), scope_of(registry));
        let tab = |section: Section| Tab {
            href: address(registry.name.as_str(), section.end()),
            word: section.word(t),
            is_here: section == here,
        };
        let shown = Section::ALL.into_iter().filter(|section| section.is_shown(visitor, &scope));
        Self { label: registry.label.to_string(), tabs: shown.map(tab).collect() }
    }
}

/// Who has signed in.
pub(crate) struct Who {
    pub(crate) name: String,
    pub(crate) may_see_activity: bool,
    pub(crate) form_key: String,
}

/// A page in another language.
pub(crate) struct Translation {
    pub(crate) name: &'static str,
    pub(crate) tag: &'static str,
    pub(crate) href: String,
}

/// What surrounds a page.
pub(crate) struct Frame {
    pub(crate) language: &'static str,
    pub(crate) nonce: String,
    pub(crate) style: String,
    pub(crate) script: String,
    pub(crate) htmx: String,
    pub(crate) icon: String,
    pub(crate) who: Option<Who>,
    pub(crate) place: Option<Place>,
    pub(crate) translations: Vec<Translation>,
    /// What was done by the request before this one.
    pub(crate) notice: Option<String>,
}

impl Frame {
    /// A page for somebody who need not have signed in.
    pub(crate) fn new(look: &Look, session: Option<&Session>) -> Self {
        let who = session.map(|session| Who {
            name: session.principal.name.clone(),
            may_see_activity: may(session, activity::READ, &RoleScope::Subscription),
            form_key: masked(&*look.ids, &session.form_key),
        });
        let others = Language::ALL.into_iter().filter(|language| *language != look.language);
        let translation = |language: Language| {
            let and = if look.query.is_empty() { "" } else { "&" };
            Translation {
                name: language.name(),
                tag: language.tag(),
                href: format!("{}?{}{and}lang={}", look.path, look.query, language.tag()),
            }
        };
        Self {
            language: look.language.tag(),
            nonce: look.nonce.clone(),
            style: assets::style(),
            script: assets::script(),
            htmx: assets::htmx(),
            icon: assets::icon(),
            who,
            place: None,
            // A page that a form has led to cannot be asked for: what was typed would be lost.
            translations: others.filter(|_| look.is_get).map(translation).collect(),
            notice: None,
        }
    }

    /// A page about a registry.
    pub(crate) fn of(visitor: &Visitor, registry: &RegistryRow, here: Section) -> Self {
        let place = Place::new(visitor, registry, here);
        let notice = visitor.query.find("done").and_then(|word| visitor.look.text().done(word));
        Self { place: Some(place), notice, ..Self::new(&visitor.look, Some(&visitor.session)) }
    }

    /// What a form has to bring back.
    pub(crate) fn form_key(&self) -> &str {
        self.who.as_ref().map_or("", |who| &who.form_key)
    }
}

impl Visitor {
    /// The answer that shows a page.
    pub(crate) fn show(&self, route: &'static str, html: askama::Result<String>) -> Response {
        self.look.show(Some(&self.session), route, StatusCode::OK, html)
    }

    /// The answer that shows a form again, because something in it is not right.
    pub(crate) fn show_again(&self, route: &'static str, html: askama::Result<String>) -> Response {
        self.look.show(Some(&self.session), route, StatusCode::UNPROCESSABLE_ENTITY, html)
    }

    /// The answer after something was done: the page to go on with.
    pub(crate) fn go_on(&self, route: &'static str, to: &str) -> Response {
        told(Redirect::to(to).into_response(), Some(&self.session), route)
    }
}
