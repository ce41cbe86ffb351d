//! Credentials in the shape in which `az` prints them.

use crate::cli::acr::shape::{add, each_picked, picked};
use crate::cli::value::Value;

/// Shapes the credentials of the admin user.
pub(super) fn credentials(answer: &Value) -> Value {
    let mut credentials = picked(answer, &["username"]);
    add(&mut credentials, "passwords", each_picked(answer.member("passwords"), &["name", "value"]));
    credentials
}
