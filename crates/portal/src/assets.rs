//! The files that pages are made with: one style, one script of ours, and htmx. Their names change with their content,
//! so that browsers keep them for a year.

use axum::body::Body;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use boathook_core::digest::Algorithm;
use std::sync::LazyLock;

struct Asset {
    content: &'static str,
    media_type: &'static str,
    /// Its name, with a hash of its content.
    name: String,
}

impl Asset {
    fn new(stem: &str, end: &str, media_type: &'static str, content: &'static str) -> Self {
        let hash = Algorithm::Sha256.digest(content.as_bytes());
        Self { content, media_type, name: format!("{stem}-{}.{end}", &hash.hex()[..12]) }
    }
}

static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("portal", "css", "text/css; charset=utf-8", include_str!("../static/portal.css"))
});
static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "portal",
        "js",
        "text/javascript; charset=utf-8",
        include_str!("../static/portal.js"),
    )
});
static HTMX: LazyLock<Asset> = LazyLock::new(|| {
    let content = include_str!("../static/htmx.min.js");
    Asset::new("htmx", "js", "text/javascript; charset=utf-8", content)
});
static ICON: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("icon", "svg", "image/svg+xml", include_str!("../static/icon.svg"))
});

/// Where the style is.
pub(crate) fn style() -> String {
    path(&STYLE)
}

/// Where our script is.
pub(crate) fn script() -> String {
    path(&SCRIPT)
}

/// Where htmx is.
pub(crate) fn htmx() -> String {
    path(&HTMX)
}

/// Where the icon is.
pub(crate) fn icon() -> String {
    path(&ICON)
}

fn path(asset: &Asset) -> String {
    format!("/portal/static/{}", asset.name)
}

/// `GET /portal/static/{name}`.
pub(crate) async fn get(Path(name): Path<String>) -> Response {
    let all: [&Asset; 4] = [&STYLE, &SCRIPT, &HTMX, &ICON];
    let Some(asset) = all.into_iter().find(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, asset.media_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, Body::from(asset.content)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn htmx_is_what_its_makers_published() {
        let hash = Algorithm::Sha256.digest(HTMX.content.as_bytes());
        let (published, _) = include_str!("../static/htmx.sha256").split_once(' ').unwrap();
        assert_eq!(hash.hex(), published);
    }
}
