//! Identities, roles and entries of the audit log as they are printed.

use crate::cli::acr::shape::{add, extend, picked};
use crate::cli::session::Session;
use crate::cli::value::Value;

/// Shapes an identity.
pub(super) fn identity(answer: &Value) -> Value {
    let mut identity = picked(answer, &["id", "name"]);
    let members = ["appId", "objectId", "accountEnabled", "passwordCredentials"];
    extend(&mut identity, picked(answer.member("properties"), &members));
    extend(&mut identity, picked(answer, &["systemData"]));
    identity
}

/// Shapes a secret that was just made, with all that one signs in with.
pub(super) fn new_secret(identity: &Value, made: &Value, session: &Session) -> Value {
    let mut shaped = picked(identity, &["name"]);
    extend(&mut shaped, picked(identity.member("properties"), &["appId", "objectId"]));
    add(&mut shaped, "password", made.member("secretText").clone());
    extend(&mut shaped, picked(made, &["keyId", "endDateTime"]));
    add(&mut shaped, "tenant", session.tenant_id.as_str().into());
    shaped
}

/// Shapes a role that is given, with the names of the role and of its owner.
pub(super) fn assignment(answer: &Value, role: Value, owner: Value) -> Value {
    let mut shaped = picked(answer, &["id", "name"]);
    add(&mut shaped, "roleDefinitionName", role);
    add(&mut shaped, "principalName", owner);
    let members = ["principalId", "roleDefinitionId", "scope", "createdBy", "createdOn"];
    extend(&mut shaped, picked(answer.member("properties"), &members));
    shaped
}

/// Shapes an entry of the audit log.
pub(super) fn entry(answer: &Value) -> Value {
    let mut shaped = picked(answer, &["eventTimestamp", "caller"]);
    add(&mut shaped, "operationName", answer.at(&["operationName", "value"]).clone());
    extend(&mut shaped, picked(answer, &["resourceId", "correlationId", "properties"]));
    shaped
}
