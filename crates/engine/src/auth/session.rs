//! Sessions of the portal: browsers that have signed in.
//!
//! A session says who somebody is, and nothing of what they may do: identities and roles are looked up for each request.
//! What the browser holds is random; what is stored is a hash of it. A session ends after [`SESSION_AGE_MAX`], or once it
//! was not used for [`IDLE_MAX`], or when somebody ends it, on every node at once.

use super::directory::{Audience, Verified};
use super::identity::{self, Principal, SignedIn};
use super::{Unchecked, new_secret, verified};
use crate::ctx::Ctx;
use boathook_core::digest::Algorithm;
use boathook_core::id::{PrincipalId, SessionId};
use boathook_core::name::IdentityName;
use boathook_core::time::Timestamp;
use boathook_store::{Error, SessionRow};
use std::sync::Arc;
use std::time::Duration;

/// How long a session lasts; it does not outlive the token or the password that it began with.
pub const SESSION_AGE_MAX: Duration = Duration::from_hours(12);
/// How long a session lasts that nobody uses.
pub const IDLE_MAX: Duration = Duration::from_hours(2);
/// How much of the time since its last use is not written down.
const USE_WRITTEN_AFTER: Duration = Duration::from_mins(5);
/// The longest name of a browser that is kept, in characters.
const AGENT_CHARS_MAX: usize = 200;

/// A browser that has signed in.
#[derive(Clone, Debug)]
pub struct Session {
    /// The session.
    pub id: SessionId,
    /// Who it is.
    pub principal: Arc<Principal>,
    /// What a form of this session has in it, and no page elsewhere can know.
    pub form_key: String,
    /// When it was last used, as far as that is written down.
    used: Timestamp,
}

/// What somebody shows to sign in.
#[derive(Clone, Copy)]
pub enum Shown<'a> {
    /// An identity, by its client id or its name, and one of its passwords.
    Password {
        /// The identity.
        user: &'a str,
        /// The password.
        password: &'a str,
    },
    /// A token of the authority for the management API, or one of the identity provider.
    Token(&'a str),
}

/// Why nobody is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such identity, or that is not its password.
    Wrong,
    /// The password was right until it ran out.
    ExpiredPassword,
    /// The identity may not sign in.
    Disabled,
    /// The token is not one that counts here, or not any more.
    Token,
}

/// Begins a session, and says what the browser shall hold.
pub async fn begin(
    ctx: &Ctx,
    shown: Shown<'_>,
    agent: &str,
) -> Result<Result<String, Refusal>, Unchecked> {
    let admitted = match shown {
        Shown::Password { user, password } => by_password(ctx, user, password).await?,
        Shown::Token(token) => {
            let verified = verified(ctx, token.trim(), &[Audience::Management]).await?;
            verified.ok_or(Refusal::Token)
        }
    };
    let Verified { principal, roles, expires } = match admitted {
        Ok(verified) => verified,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let held = new_secret(&*ctx.ids);
    let now = ctx.clock.now();
    let row = SessionRow {
        id: id_of(&held),
        principal: principal.id.clone(),
        roles,
        agent: agent.chars().filter(|char| !char.is_control()).take(AGENT_CHARS_MAX).collect(),
        created: now,
        used: now,
        ends: now.after(SESSION_AGE_MAX).min(expires),
    };
    ctx.db.begin_session(row).await?;
    Ok(Ok(held))
}

async fn by_password(
    ctx: &Ctx,
    user: &str,
    password: &str,
) -> Result<Result<Verified, Refusal>, Unchecked> {
    let (user, mut client_id) = (user.trim(), None);
    if let Ok(name) = user.parse::<IdentityName>() {
        client_id = ctx.db.identity(&name).await?.map(|found| found.identity.client_id);
    }
    let client_id = client_id.as_ref().map_or(user, |id| id.as_str());
    let (principal, until) = match identity::sign_in(ctx, client_id, password).await? {
        SignedIn::As { principal, until } => (principal, until),
        SignedIn::UnknownClient | SignedIn::WrongSecret => return Ok(Err(Refusal::Wrong)),
        SignedIn::ExpiredSecret => return Ok(Err(Refusal::ExpiredPassword)),
        SignedIn::Disabled => return Ok(Err(Refusal::Disabled)),
    };
    let expires = until.unwrap_or(Timestamp(i64::MAX));
    Ok(Ok(Verified { principal, roles: Vec::new(), expires }))
}

/// Says whose browser holds `held`; nobody where its session has ended, or its owner may not sign in any more.
pub async fn find(ctx: &Ctx, held: &str) -> Result<Option<Session>, Error> {
    let id = id_of(held);
    let Some(row) = ctx.db.session(&id).await? else { return Ok(None) };
    if !is_alive(&row, ctx.clock.now()) {
        return Ok(None);
    }
    let provider = ctx.provider.as_ref();
    let told = provider.and_then(|provider| provider.known(row.principal.as_str(), &row.roles));
    let principal = match told {
        Some(told) => Some(Arc::new(told)),
        None => identity::principal(ctx, &row.principal).await?,
    };
    let principal = principal.filter(|principal| principal.is_enabled);
    let form_key = hash(&format!("form {held}"));
    Ok(principal.map(|principal| Session { id, principal, form_key, used: row.used }))
}

/// Notes that somebody does something in a session, so that it lasts; a page that only follows events does nothing.
pub async fn note_use(ctx: &Ctx, session: &Session) -> Result<(), Error> {
    let now = ctx.clock.now();
    if USE_WRITTEN_AFTER <= now.since(session.used) {
        ctx.db.use_session(&session.id, now).await?;
    }
    Ok(())
}

/// The sessions of a principal that have not ended, the newest first.
pub async fn list(ctx: &Ctx, principal: &PrincipalId) -> Result<Vec<SessionRow>, Error> {
    let now = ctx.clock.now();
    let mut sessions = ctx.db.sessions(principal).await?;
    sessions.retain(|row| is_alive(row, now));
    Ok(sessions)
}

/// Ends a session of a principal; nothing happens where they have none such.
pub async fn end(ctx: &Ctx, principal: &PrincipalId, id: &SessionId) -> Result<(), Error> {
    ctx.db.end_session(principal, id).await?;
    Ok(())
}

/// Ends all sessions of a principal.
pub async fn end_all(ctx: &Ctx, principal: &PrincipalId) -> Result<(), Error> {
    ctx.db.end_sessions(principal).await
}

fn is_alive(row: &SessionRow, now: Timestamp) -> bool {
    now < row.ends && now < row.used.after(IDLE_MAX)
}

fn id_of(held: &str) -> SessionId {
    SessionId::new(hash(held))
}

fn hash(text: &str) -> String {
    Algorithm::Sha256.digest(text.as_bytes()).hex().to_owned()
}
