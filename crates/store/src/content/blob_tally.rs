//! How many bytes the blobs of a place have, kept beside them rather than counted.

use crate::error::Fault;
use crate::row::{Value, params};
use crate::tx::Tx;
use boathook_core::digest::Digest;
use boathook_core::name::Place;
use std::collections::BTreeMap;

/// How many bytes some blobs are more, or fewer. A place's bytes are spread over a row for each first byte of a hash, so that
/// those who push at the same time seldom meet.
#[derive(Default)]
pub(crate) struct Change(BTreeMap<i64, i64>);

impl Change {
    /// Notes that a blob has `bytes` more than were counted of it so far, or fewer.
    pub(crate) fn note(&mut self, digest: &Digest, bytes: i64) {
        let shard = i64::from_str_radix(&digest.hex()[..2], 16).expect("a digest is hexadecimal");
        *self.0.entry(shard).or_default() += bytes;
    }

    /// Writes down what was noted of a place's blobs, in the transaction that changes them.
    pub(crate) async fn record(self, tx: &mut Tx<'_>, place: &Place) -> Result<(), Fault> {
        let (registry, region) = (place.registry.as_str(), place.region.as_str());
        let of = |(shard, bytes): (&i64, &i64)| params![registry, region, *shard, *bytes].to_vec();
        let changed: Vec<Vec<Value<'_>>> =
            self.0.iter().filter(|(_, bytes)| **bytes != 0).map(of).collect();
        let sql = "INSERT INTO blob_tally (registry, region, shard, bytes) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (registry, region, shard) DO UPDATE SET bytes = blob_tally.bytes + excluded.bytes";
        tx.execute_each(sql, &changed).await?;
        Ok(())
    }
}
