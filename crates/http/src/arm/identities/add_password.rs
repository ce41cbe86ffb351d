//! `POST …/servicePrincipals/{name}/addPassword`: one more secret, shown this once.

use super::password;
use crate::arm::admit::Ask;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::response::Response;
use boathook_engine::manage::identities;
use boathook_wire::arm::identity::{AddPassword, NewPassword};

pub(in crate::arm) async fn handle(
    ask: &Ask<'_>,
    name: &str,
    body: &[u8],
) -> Result<Response, ArmError> {
    let wanted = AddPassword::parse(body)?;
    let made = identities::add_secret(ask.ctx, name, wanted, &ask.actor()).await??;
    Ok(print::json(&NewPassword { password: password(made.kept), secret_text: made.secret }))
}
