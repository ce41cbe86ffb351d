//! A form that came with a session before this one: nothing is done by it until its owner says so once more.

use crate::form::Fields;
use crate::frame::Frame;
use crate::text::Text;
use crate::visitor::{Visitor, back};
use askama::Template;
use axum::response::Response;

#[derive(Template)]
#[template(path = "again.html")]
struct AgainPage {
    frame: Frame,
    t: &'static dyn Text,
    path: String,
    fields: Vec<(String, String)>,
}

/// The page that asks.
pub(crate) fn show(visitor: &Visitor, fields: Fields) -> Response {
    let page = AgainPage {
        frame: Frame::new(&visitor.look, Some(&visitor.session)),
        t: visitor.look.text(),
        path: back(&visitor.parts),
        fields: fields.into_pairs(),
    };
    visitor.show_again("portal.again", page.render())
}
