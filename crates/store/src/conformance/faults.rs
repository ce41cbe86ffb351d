//! Whoever calls again after a failure comes to the same end, wherever in the story the failure was.

use super::identities::audit;
use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::faults::Moment;
use crate::guard::Guard;
use crate::{ClaimedDelivery, DeliveryState, Error, Mount, MountOutcome, Standing};
use boathook_core::delivery::Next;
use boathook_core::id::EventId;
use boathook_core::time::Timestamp;

promises![a_story_told_again_ends_the_same];

/// More writes than the story has.
const WRITES_MAX: u32 = 40;

async fn a_story_told_again_ends_the_same(db: &Db) {
    for moment in [Moment::BeforeCommit, Moment::AfterCommit] {
        let mut number = 0;
        loop {
            number += 1;
            assert!(number < WRITES_MAX, "the story has an end");
            db.faults().plan(number, moment);
            let name = format!("{moment:?}{number}");
            Box::pin(tell(db, &name)).await;
            if db.faults().drop_plan() {
                break;
            }
            check(db, &name).await;
        }
        assert!(10 < number, "the story has its faults");
    }
}

/// Calls, and calls again if that fails.
async fn insist<T>(mut call: impl AsyncFnMut() -> Result<T, Error>) -> T {
    match call().await {
        Ok(value) => value,
        Err(error) => {
            assert!(error.is_transient(), "{error:?}");
            call().await.unwrap()
        }
    }
}

/// A push is announced at the second attempt, and then all of it is deleted.
async fn tell(db: &Db, name: &str) {
    let bytes = artifact(name, &[name], None);
    let row = webhook(name);
    let other = repository("team/other");
    let mount = Mount {
        place: place(),
        repository: other.clone(),
        digest: sha256(name),
        sources: Some(vec![app()]),
        now: NOW,
    };
    let (pushed, deleted) = (format!("1 {name}"), format!("2 {name}"));
    insist(async || db.commit_blob(blob(name)).await).await;
    let mounted = insist(async || db.mount_blob(mount.clone()).await).await;
    assert_eq!(mounted, MountOutcome::Mounted);
    let tags = [name, &format!("{name}-too")];
    insist(async || db.commit_push(push(&bytes, &tags, &pushed)).await).await;
    insist(async || db.delete_tag(&place(), &app(), &tag(tags[1]), NOW, untagging("untag")).await)
        .await;
    let written = row.clone();
    let put = move |_: Standing<'_, _>| Ok::<_, ()>(written.clone());
    insist(async || {
        db.put_webhook(&row.place.registry, &row.name, put.clone(), audit("webhook")).await
    })
    .await;
    let revision = db.webhook_revision().await.unwrap();
    insist(async || {
        let events = vec![EventId::new(pushed.as_str())];
        db.dispatch(revision, events, vec![delivery(&row.id, &pushed, 1)], NOW).await
    })
    .await;
    let held = insist_on_claim(db, name, 1).await;
    let failed = report(&held, 500, Next::Retry { due: Timestamp(500) });
    insist(async || finish(db, vec![failed.clone()]).await).await;
    let held = insist_on_claim(db, name, 500).await;
    insist(async || finish(db, vec![report(&held, 200, Next::Delivered)]).await).await;
    let announced = event(&deleted);
    insist(async || {
        let announced = announced.clone();
        db.delete_manifest(&place(), &app(), &digest_of(&bytes), move |_| announced.clone()).await
    })
    .await;
    for repository in [&app(), &other] {
        insist(async || db.delete_blob(&place(), repository, &sha256(name), NOW).await).await;
    }
    insist(async || {
        db.delete_webhook(&row.place.registry, &row.name, Guard::open(), audit("webhook")).await
    })
    .await;
}

/// A claim whose answer was lost is only waited for.
async fn insist_on_claim(db: &Db, name: &str, now_ms: i64) -> ClaimedDelivery {
    let id = webhook(name).id;
    for now_ms in [now_ms, now_ms + 100] {
        let until = Timestamp(now_ms + 100);
        match db.claim(&id, Timestamp(now_ms), now_ms.to_string().into(), until, 9).await {
            Ok(mut claimed) if claimed.len() == 1 => return claimed.remove(0),
            Ok(claimed) => panic!("{claimed:?}"),
            Err(error) => assert!(error.is_transient(), "{error:?}"),
        }
    }
    panic!("only one write was to fail");
}

async fn check(db: &Db, name: &str) {
    let bytes = artifact(name, &[name], None);
    for reference in [name, &format!("{name}-too"), digest_of(&bytes).as_str()] {
        let found = db.manifest(&place(), &app(), &reference.parse().unwrap()).await.unwrap();
        assert!(found.is_none(), "{name}");
    }
    for repository in [app(), repository("team/other")] {
        let found = db.blob(&place(), &repository, &sha256(name)).await.unwrap();
        assert!(found.is_none(), "{name}");
    }
    let events = db.events(&webhook(name).id, None, 9).await.unwrap();
    assert_eq!(events.len(), 1, "{name}");
    assert_eq!((events[0].state, events[0].attempts), (DeliveryState::Delivered, 2), "{name}");
    let mut waiting = undispatched(db).await;
    waiting.retain(|event_id| event_id.ends_with(&format!(" {name}")));
    assert_eq!(waiting, [format!("2 {name}")]);
}
