//! The pages of Boathook, for people: *portal shows*.
//!
//! One struct a page in [`page`](self), one template each, and words in two languages. A page asks the same use cases of
//! `engine` as the management API, with the rights of whoever has signed in, and has no power of its own. Every page
//! works without script; htmx and a few lines of ours only save a reload.

mod agent;
mod assets;
mod content;
mod form;
mod frame;
mod language;
mod literals;
mod locks;
mod mask;
mod page;
mod plot;
mod refusal;
mod room;
mod text;
mod time;
mod visitor;

use axum::Router;
use boathook_engine::Ctx;
use std::sync::Arc;
use tower_http::compression::CompressionLayer;

/// What every page is given.
#[derive(Clone)]
pub(crate) struct Portal {
    pub(crate) ctx: Arc<Ctx>,
}

/// All pages, behind one service, for `boathook_http::App::showing`.
pub fn pages(ctx: Arc<Ctx>) -> Router {
    let portal = Portal { ctx };
    let around = axum::middleware::from_fn_with_state(portal.clone(), page::around);
    page::routes().layer(around).layer(CompressionLayer::new()).with_state(portal)
}
