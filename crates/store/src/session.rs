//! Sessions of the portal: who has signed in with a browser, until when.
//!
//! There are only so many of a principal, and whoever begins one removes a few that have ended: nobody has to sweep.

use crate::db::Db;
use crate::error::{Error, Fault};
use crate::row::{Row, params};
use crate::tx::Tx;
use boathook_core::id::{PrincipalId, SessionId};
use boathook_core::time::Timestamp;

/// How many sessions a principal may have; the oldest makes room for a new one.
pub const SESSIONS_MAX: u32 = 100;
/// How many sessions that have ended are removed when one begins.
const ENDED_REMOVED_MAX: i64 = 100;

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// A hash of what the browser holds.
    pub id: SessionId,
    /// Who has signed in.
    pub principal: PrincipalId,
    /// The values by which an identity provider's token gave roles; nothing here could look them up again.
    pub roles: Vec<String>,
    /// What the browser calls itself.
    pub agent: String,
    /// When it began.
    pub created: Timestamp,
    /// When it was last used, give or take.
    pub used: Timestamp,
    /// When it ends, unless somebody ends it before.
    pub ends: Timestamp,
}

const COLUMNS: &str = "id, principal, roles, agent, created_ms, used_ms, ends_ms";

impl Db {
    /// Begins a session.
    pub async fn begin_session(&self, session: SessionRow) -> Result<(), Error> {
        self.write("begin_session", async move |tx: &mut Tx<'_>| {
            let now = session.created.0;
            tx.execute(
                "DELETE FROM session WHERE id IN
                     (SELECT id FROM session WHERE ends_ms <= $1 ORDER BY ends_ms LIMIT $2)",
                params![now, ENDED_REMOVED_MAX],
            )
            .await?;
            // No more than one is over the limit: whoever began the last one saw to that.
            tx.execute(
                "DELETE FROM session WHERE id IN
                     (SELECT id FROM session WHERE principal = $1
                      ORDER BY created_ms DESC, id DESC LIMIT $2 OFFSET $3)",
                params![session.principal.as_str(), ENDED_REMOVED_MAX, i64::from(SESSIONS_MAX) - 1],
            )
            .await?;
            insert(tx, &session).await
        })
        .await
    }

    /// Looks up a session, whether it has ended or not.
    pub async fn session(&self, id: &SessionId) -> Result<Option<SessionRow>, Error> {
        let id = id.clone();
        self.read("session", async move |tx: &mut Tx<'_>| {
            let sql = format!("SELECT {COLUMNS} FROM session WHERE id = $1");
            Ok(tx.query_opt(&sql, params![id.as_str()]).await?.as_ref().map(session))
        })
        .await
    }

    /// Notes that a session was used. One that has been ended stays so.
    pub async fn use_session(&self, id: &SessionId, now: Timestamp) -> Result<(), Error> {
        let id = id.clone();
        self.write("use_session", async move |tx: &mut Tx<'_>| {
            let sql = "UPDATE session SET used_ms = $1 WHERE id = $2 AND used_ms < $1";
            tx.execute(sql, params![now.0, id.as_str()]).await?;
            Ok(())
        })
        .await
    }

    /// The sessions of a principal, the newest first.
    pub async fn sessions(&self, principal: &PrincipalId) -> Result<Vec<SessionRow>, Error> {
        let principal = principal.clone();
        self.read("sessions", async move |tx: &mut Tx<'_>| {
            let sql = format!(
                "SELECT {COLUMNS} FROM session WHERE principal = $1 ORDER BY created_ms DESC, id DESC LIMIT $2"
            );
            let rows = tx.query(&sql, params![principal.as_str(), i64::from(SESSIONS_MAX)]).await?;
            Ok(rows.iter().map(session).collect())
        })
        .await
    }

    /// Ends a session of a principal; `false` where they had no such session.
    pub async fn end_session(
        &self,
        principal: &PrincipalId,
        id: &SessionId,
    ) -> Result<bool, Error> {
        let (principal, id) = (principal.clone(), id.clone());
        self.write("end_session", async move |tx: &mut Tx<'_>| {
            let sql = "DELETE FROM session WHERE id = $1 AND principal = $2";
            Ok(0 < tx.execute(sql, params![id.as_str(), principal.as_str()]).await?)
        })
        .await
    }

    /// Ends all sessions of a principal.
    pub async fn end_sessions(&self, principal: &PrincipalId) -> Result<(), Error> {
        let principal = principal.clone();
        self.write("end_sessions", async move |tx: &mut Tx<'_>| end_all(tx, &principal).await).await
    }
}

/// Ends all sessions of a principal, with whatever else the transaction does.
pub(crate) async fn end_all(tx: &mut Tx<'_>, principal: &PrincipalId) -> Result<(), Fault> {
    let sql = "DELETE FROM session WHERE principal = $1";
    tx.execute(sql, params![principal.as_str()]).await?;
    Ok(())
}

async fn insert(tx: &mut Tx<'_>, session: &SessionRow) -> Result<(), Fault> {
    let SessionRow { id, principal, roles, agent, created, used, ends } = session;
    let roles = serde_json::to_string(roles).expect("texts can be written");
    let sql = format!("INSERT INTO session ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)");
    let values = params![id.as_str(), principal.as_str(), &roles, agent, created.0, used.0, ends.0];
    tx.execute(&sql, values).await?;
    Ok(())
}

fn session(row: &Row) -> SessionRow {
    SessionRow {
        id: SessionId::new(row.text(0)),
        principal: PrincipalId::new(row.text(1)),
        roles: serde_json::from_str(row.text(2)).expect("an array of texts was written"),
        agent: row.text(3).to_owned(),
        created: Timestamp(row.int(4)),
        used: Timestamp(row.int(5)),
        ends: Timestamp(row.int(6)),
    }
}
