//! `POST …/testScope`: which of the registry's tags a webhook would hear of.

use super::admit::Call;
use super::error::ArmError;
use super::print;
use axum::http::Method;
use axum::response::Response;
use boathook_core::scope::Position;
use boathook_engine::auth;
use boathook_engine::manage::scope_test::{self, Asked};
use boathook_wire::arm::page::Page;
use boathook_wire::arm::scope_test::{Heard, SkipToken, TestScope};

pub(super) async fn handle(call: &Call<'_>, body: &[u8]) -> Result<Response, ArmError> {
    let (asked, from) = match &call.skip_token {
        // It says what was asked: clients follow `nextLink` with GET, and some with the same body again.
        Some(token) => {
            let token = SkipToken::parse(token).ok_or(ArmError::SkipToken)?;
            let SkipToken { asked, repository, tag } = token;
            (asked, Some(Position { repository, tag }))
        }
        None if call.parts.method == Method::GET => return Err(ArmError::SkipToken),
        None => (TestScope::parse(body)?, None),
    };
    let TestScope { scope, location } = &asked;
    let grants = call.principal.grants_on(&auth::scope_of(&call.registry));
    let look = Asked { scope, location: location.as_deref(), from: from.as_ref() };
    let found = scope_test::page(call.ctx, &call.registry, look, &grants).await?;
    let page = found.map_err(ArmError::ScopeTest)?;
    let next_link = page.next.map(|Position { repository, tag }| {
        call.next_link(&SkipToken { asked: asked.clone(), repository, tag }.to_string())
    });
    let heard = |Position { repository, tag }| Heard { repository, tag };
    let value: Vec<_> = page.heard.into_iter().map(heard).collect();
    Ok(print::json(&Page { value, next_link }))
}
