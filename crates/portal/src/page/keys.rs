//! The access keys of a registry: its admin user and the two passwords.

use super::{address, answered, registry};
use crate::frame::{Frame, Section};
use crate::refusal::Refusal;
use crate::text::Text;
use crate::visitor::{Sent, Visitor};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use boathook_engine::auth::admin;

const ROUTE: &str = "portal.keys";
pub(crate) const LIST: &str = "Microsoft.ContainerRegistry/registries/listCredentials/action";
const REGENERATE: &str = "Microsoft.ContainerRegistry/registries/regenerateCredential/action";

#[derive(Template)]
#[template(path = "keys.html")]
struct KeysPage {
    frame: Frame,
    t: &'static dyn Text,
    here: String,
    username: String,
    /// In the order of their slots; the reason where there are none to show.
    passwords: Result<Vec<String>, &'static str>,
    may_regenerate: bool,
}

/// `GET …/keys`.
pub(crate) async fn get(visitor: Visitor, Path(name): Path<String>) -> Response {
    let shown = async {
        let (row, scope) = registry(&visitor, &name).await?;
        visitor.must(LIST, &scope)?;
        let t = visitor.look.text();
        let passwords = admin::passwords(&visitor.ctx, &row).await?;
        let page = KeysPage {
            frame: Frame::of(&visitor, &row, Section::Keys),
            t,
            here: address(row.name.as_str(), "/keys"),
            username: row.name.to_string(),
            passwords: passwords.map_err(|refusal| t.no_keys(refusal)),
            may_regenerate: visitor.may(REGENERATE, &scope),
        };
        Ok(visitor.show(ROUTE, page.render()))
    };
    answered(&visitor, shown.await)
}

/// `POST …/keys`: makes one of the passwords anew.
pub(crate) async fn post(Path(name): Path<String>, Sent { visitor, fields }: Sent) -> Response {
    let made = async {
        let (row, scope) = registry(&visitor, &name).await?;
        visitor.must(REGENERATE, &scope)?;
        let slot = match fields.text("slot") {
            "1" => 1,
            "2" => 2,
            _ => return Err(Refusal::Gone),
        };
        // Why there are no keys is said by the page.
        let _ = admin::regenerate(&visitor.ctx, &row, slot, &visitor.actor()).await?;
        Ok(visitor.go_on(ROUTE, &address(row.name.as_str(), "/keys?done=regenerated")))
    };
    answered(&visitor, made.await)
}
