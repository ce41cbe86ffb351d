//! How much went through a registry, by the hour: for whoever looks at it, and for nothing that is decided.

use crate::db::Db;
use crate::error::Error;
use crate::registry;
use crate::row::{Row, Value, params};
use crate::tx::Tx;
use boathook_core::name::{Place, RegistryName};
use boathook_core::time::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TrafficKind {
    /// A manifest or a chart was pushed.
    Push,
    /// A manifest or a chart was pulled.
    Pull,
    /// A receiver has accepted an event.
    Delivery,
}

impl TrafficKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Push, Self::Pull, Self::Delivery];

    /// The name that it is stored by.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Pull => "pull",
            Self::Delivery => "delivery",
        }
    }
}

/// What went through a place in an hour, or in a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrafficRow {
    /// Where.
    pub place: Place,
    /// What.
    pub kind: TrafficKind,
    /// When the hour began.
    pub hour: Timestamp,
    /// How often.
    pub count: u64,
    /// When for the last time.
    pub last: Timestamp,
}

impl Db {
    /// Adds what went through. What went through a registry that is gone goes with it.
    pub async fn add_traffic(&self, rows: Vec<TrafficRow>) -> Result<(), Error> {
        let rows = Arc::new(rows);
        self.write("add_traffic", async move |tx: &mut Tx<'_>| {
            let registries: BTreeSet<_> = rows.iter().map(|row| &row.place.registry).collect();
            let mut there = BTreeSet::new();
            for name in registries {
                if registry::is_there(tx, name).await? {
                    there.insert(name);
                }
            }
            for row in rows.iter().filter(|row| there.contains(&row.place.registry)) {
                tx.execute(
                    "INSERT INTO traffic (registry, region, kind, hour_ms, count, last_ms)
                     VALUES ($1, $2, $3, $4, $5, $6)
                     ON CONFLICT (registry, kind, hour_ms, region) DO UPDATE SET
                         count = traffic.count + excluded.count,
                         last_ms = CASE WHEN traffic.last_ms < excluded.last_ms THEN excluded.last_ms
                                        ELSE traffic.last_ms END",
                    params![
                        row.place.registry.as_str(),
                        row.place.region.as_str(),
                        row.kind.as_str(),
                        row.hour.0,
                        i64::try_from(row.count).unwrap_or(i64::MAX),
                        row.last.0,
                    ],
                )
                .await?;
            }
            Ok(())
        })
        .await
    }

    /// What went through a registry since an hour began, in each of its regions; and of each kind that was not among it,
    /// the last that there was.
    pub async fn traffic(
        &self,
        registry: &RegistryName,
        since: Timestamp,
    ) -> Result<Vec<TrafficRow>, Error> {
        let registry = registry.clone();
        self.read("traffic", async move |tx: &mut Tx<'_>| {
            let mut found = Vec::new();
            for kind in TrafficKind::ALL {
                let key = params![registry.as_str(), kind.as_str(), since.0];
                let sql = "SELECT region, hour_ms, count, last_ms FROM traffic
                           WHERE registry = $1 AND kind = $2 AND $3 <= hour_ms ORDER BY hour_ms, region";
                let mut rows = tx.query(sql, key).await?;
                if rows.is_empty() {
                    let sql = "SELECT region, hour_ms, count, last_ms FROM traffic
                               WHERE registry = $1 AND kind = $2 AND hour_ms < $3
                               ORDER BY hour_ms DESC, region DESC LIMIT 1";
                    rows = tx.query(sql, key).await?;
                }
                found.extend(rows.iter().map(|row| TrafficRow {
                    place: Place { registry: registry.clone(), region: row.parsed(0) },
                    kind,
                    hour: Timestamp(row.int(1)),
                    count: row.int(2).unsigned_abs(),
                    last: Timestamp(row.int(3)),
                }));
            }
            Ok(found)
        })
        .await
    }

    /// Forgets at most `limit` hours of a place that began before `before`; says how many.
    pub async fn forget_traffic(&self, before: Timestamp, limit: u32) -> Result<u64, Error> {
        self.write("forget_traffic", async move |tx: &mut Tx<'_>| {
            let sql = "SELECT registry, kind, hour_ms, region FROM traffic WHERE hour_ms < $1
                       ORDER BY hour_ms, registry, kind, region LIMIT $2";
            let rows = tx.query(sql, params![before.0, i64::from(limit)]).await?;
            let keys: Vec<_> = rows.iter().map(key).collect();
            let sql =
                "DELETE FROM traffic WHERE registry = $1 AND kind = $2 AND hour_ms = $3 AND region = $4";
            tx.execute_each(sql, &keys).await?;
            Ok(rows.len() as u64)
        })
        .await
    }
}

/// The key of a row that has been read.
fn key(row: &Row) -> Vec<Value<'_>> {
    (0..4).map(|idx| row.value(idx)).collect()
}
