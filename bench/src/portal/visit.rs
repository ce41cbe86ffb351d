//! Somebody who has signed in to the portal, and the pages that they look at.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, COOKIE, HeaderName, SET_COOKIE};
use http::{HeaderValue, Method, StatusCode};

use crate::azure::FORM_TYPE;
use crate::client::{Ask, Connection, Pieces};
use crate::growth::fill::portal::Shown;
use crate::load::Limit;
use crate::measure::{Load, Subject, run_load};
use crate::seed::MANIFESTS;
use crate::stats::Measurement;
use crate::work::Op;

/// The registry's pages.
const REGISTRY: &str = "/portal/registries/boathook";
/// What a page is asked for beforehand, without being measured.
const WARM_UP_TURNS: u64 = 3;

/// A page that is looked at.
pub(super) struct Page {
    /// Its name in the table.
    pub(super) name: &'static str,
    path: String,
}

/// The page that only those see who have not signed in.
const SIGN_IN: &str = "/portal/sign-in";

/// How large a page is.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    /// Its HTML, in bytes.
    pub(super) html: u64,
    /// The same as it is transferred to a browser.
    pub(super) transferred: u64,
}

/// Somebody who has signed in, on a connection that is kept open.
pub(super) struct Visit {
    connection: Connection,
    cookie: HeaderValue,
}

impl Visit {
    /// Signs in as a browser does.
    pub(super) async fn begin(subject: &Subject) -> Result<Self> {
        let credentials = subject.credentials.as_ref().context("because a Boathook has some")?;
        let mut connection = Connection::open(&subject.ground.target).await?;
        let form = format!("user={}&password={}", credentials.client_id, credentials.client_secret);
        let site = HeaderName::from_static("sec-fetch-site");
        let ask = Ask::new(Method::POST, SIGN_IN)
            .header(site, HeaderValue::from_static("same-origin"))
            .body(FORM_TYPE, Pieces::sized(vec![Bytes::from(form)]));
        let reply = connection.call(ask, StatusCode::SEE_OTHER).await?;
        let set = reply.headers.get(SET_COOKIE).context("nobody was signed in")?.to_str()?;
        let pair = set.split(';').next().unwrap_or_default();
        let mut cookie = HeaderValue::from_str(pair)?;
        cookie.set_sensitive(true);
        Ok(Self { connection, cookie })
    }

    /// What a browser sends along of whoever asks for a page.
    fn cookie(&self, path: &str) -> HeaderValue {
        let guest = HeaderValue::from_static("boathook_lang=en");
        if path == SIGN_IN { guest } else { self.cookie.clone() }
    }

    /// Gets a page as text.
    async fn html(&mut self, path: &str) -> Result<String> {
        let ask = Ask::new(Method::GET, path).header(COOKIE, self.cookie(path));
        let reply = self.connection.call(ask, StatusCode::OK).await?;
        Ok(String::from_utf8(reply.body.to_vec())?)
    }

    async fn transferred(&mut self, path: &str) -> Result<u64> {
        let gzip = HeaderValue::from_static("gzip");
        let ask = Ask::new(Method::GET, path).header(ACCEPT_ENCODING, gzip);
        let ask = ask.header(COOKIE, self.cookie(path));
        self.connection.drain(ask).await
    }

    /// Says how large a page is.
    pub(super) async fn sizes(&mut self, page: &Page) -> Result<Sizes> {
        let html = self.html(&page.path).await.with_context(|| page.name)?.len() as u64;
        Ok(Sizes { html, transferred: self.transferred(&page.path).await? })
    }

    /// Counts what a first load transfers beside the page itself.
    pub(super) async fn assets(&mut self) -> Result<u64> {
        let html = self.html(REGISTRY).await?;
        let mut bytes = 0;
        for path in html.split('"').filter(|text| text.starts_with("/portal/static/")) {
            bytes += self.transferred(path).await?;
        }
        ensure!(0 < bytes, "the page has neither style nor script");
        Ok(bytes)
    }

    /// Asks for a page again and again, as a browser does.
    pub(super) async fn measure(
        &self,
        subject: &Subject,
        page: &Page,
        time: Duration,
    ) -> Measurement {
        let look = Op::Look { path: page.path.clone(), cookie: self.cookie(&page.path) };
        let warm_up = Some(Limit::Turns(WARM_UP_TURNS));
        let load = Load { clients: 1, warm_up, limit: Limit::Time(time) };
        match run_load(subject, page.name, look, load).await {
            Ok(measurement) => measurement,
            Err(cause) => Measurement::failed(page.name, &subject.name, &cause),
        }
    }

    /// Follows the link of a page that says `word`.
    async fn link(&mut self, path: &str, word: &str) -> Result<String> {
        let html = self.html(path).await?;
        let end = html.find(&format!(">{word}</a>"));
        let end = end.with_context(|| format!("{path} has no link that says `{word}`"))?;
        let href = html[..end].rsplit("href=\"").next().and_then(|href| href.split('"').next());
        let href = href.with_context(|| format!("the link of {path} leads nowhere"))?;
        Ok(href.replace("&#38;", "&"))
    }
}

/// Lists every kind of page, and of some the ones that cost most.
pub(super) async fn pages(visit: &mut Visit, shown: &Shown, told: &str) -> Result<Vec<Page>> {
    let below = |rest: &str| format!("{REGISTRY}{rest}");
    let hook = below("/webhooks/bench000");
    let own = below(&format!("/repository?name={}", shown.repository));
    let many = below(&format!("/repository?name={MANIFESTS}"));
    let manifest = |page: &str, digest: &str| {
        below(&format!("/{page}?repository={MANIFESTS}&digest={digest}"))
    };
    let charts = below("/charts?repository=bench-charts");
    let search = |text: &str| format!("/portal/search?q={text}");
    let mut pages = vec![
        ("sign-in", SIGN_IN.to_owned()),
        ("registries", "/portal/registries".to_owned()),
        ("registry", below("")),
        ("repositories", below("/repositories")),
        ("repositories, further on", below("/repositories?after=team/service/t0000050")),
        ("repositories, nothing found", below("/repositories?filter=nosuchname")),
        ("repository", own.clone()),
        ("repository, many tags", many.clone()),
        ("repository, older tags", visit.link(&many, "Older").await?),
        ("repository, manifests", format!("{many}&view=manifests")),
        ("repository, to delete", below(&format!("/repository/delete?name={}", shown.repository))),
        ("tag", below(&format!("/tag?repository={}&tag=v1", shown.repository))),
        ("manifest", manifest("manifest", &shown.digest)),
        ("manifest, 1,000 tags", manifest("manifest", &shown.tagged)),
        ("manifest, long annotations", manifest("manifest", told)),
        ("manifest, to delete", manifest("manifest/delete", &shown.digest)),
        ("charts", below("/charts")),
        ("charts of a repository", charts),
        ("chart", below("/chart?repository=bench-charts&tag=bench-1.0.1.tgz")),
        ("webhooks", below("/webhooks")),
        ("webhooks, further on", below("/webhooks?after=bench299")),
        ("webhooks, nothing found", below("/webhooks?filter=nosuchname")),
        ("webhook, to add", below("/webhooks/-/new")),
        ("webhook", hook.clone()),
        ("webhook, older events", visit.link(&hook, "Older").await?),
        ("webhook, events found", format!("{hook}?filter=push")),
        ("webhook, no events found", format!("{hook}?filter=nosuchtext")),
        ("webhook, to configure", format!("{hook}/configure")),
        ("webhook, to delete", format!("{hook}/delete")),
        ("event, 20 attempts", format!("{hook}/events/{}", shown.event)),
        ("replications", below("/replications")),
        ("keys", below("/keys")),
        ("storage", below("/storage")),
        ("activity", "/portal/activity".to_owned()),
        ("sessions", "/portal/sessions".to_owned()),
    ];
    pages.extend([
        ("search, a repository", search(&shown.repository)),
        ("search, a tag", search(&format!("{}:v1", shown.repository))),
        ("search, a tag alone", search("v1")),
        ("search, a digest", search(&shown.digest)),
        ("search, nothing found", search("nosuchname")),
    ]);
    Ok(pages.into_iter().map(|(name, path)| Page { name, path }).collect())
}
