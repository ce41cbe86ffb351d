//! Writers that share a commit do not share their failures.

use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::row::params;
use crate::tx::Tx;
use futures_util::future::join_all;

promises![
    one_that_fails_leaves_the_others,
    one_that_panics_hears_of_an_error_and_the_others_go_on,
    a_read_that_panics_hears_of_an_error_and_the_next_one_works,
    writers_that_go_away_leave_the_others,
];

const INSERT: &str = "INSERT INTO revision (subject, number) VALUES ($1, 1)";

/// Writes a row, and then does what its number says.
async fn write(db: &Db, number: usize, then: fn(usize) -> Result<(), Fault>) -> Result<(), Error> {
    db.write("test", async move |tx: &mut Tx<'_>| {
        tx.execute(INSERT, params![&format!("row {number:02}")]).await?;
        then(number)
    })
    .await
}

async fn rows(db: &Db) -> usize {
    let rows = db.read("test", async move |tx: &mut Tx<'_>| {
        tx.query("SELECT subject FROM revision WHERE subject LIKE 'row %'", params![]).await
    });
    rows.await.unwrap().len()
}

async fn one_that_fails_leaves_the_others(db: &Db) {
    let fail = |number| if number % 3 == 0 { Err(Fault::Gone) } else { Ok(()) };
    let results = join_all((0..30).map(|number| write(db, number, fail))).await;
    for (number, result) in results.iter().enumerate() {
        assert_eq!(result.is_err(), number % 3 == 0, "{number}: {result:?}");
    }
    assert_eq!(rows(db).await, 20);
}

async fn one_that_panics_hears_of_an_error_and_the_others_go_on(db: &Db) {
    let panic = |number| {
        assert!(number % 5 != 0, "on purpose");
        Ok(())
    };
    let results = join_all((0..30).map(|number| write(db, number, panic))).await;
    for (number, result) in results.iter().enumerate() {
        assert_eq!(result.is_err(), number % 5 == 0, "{number}: {result:?}");
    }
    assert_eq!(rows(db).await, 24);
    pushed(db, "one", &[], "e1").await;
}

async fn a_read_that_panics_hears_of_an_error_and_the_next_one_works(db: &Db) {
    for _ in 0..20 {
        let read = db.read("test", async move |tx: &mut Tx<'_>| -> Result<(), Fault> {
            tx.query("SELECT subject FROM revision", params![]).await?;
            panic!("on purpose");
        });
        assert!(matches!(read.await, Err(Error::Transaction { .. })));
    }
    assert_eq!(rows(db).await, 0);
}

async fn writers_that_go_away_leave_the_others(db: &Db) {
    let mut gone: Vec<_> = (0..10).map(|number| Box::pin(write(db, number, |_| Ok(())))).collect();
    for write in &mut gone {
        let waker = std::task::Waker::noop();
        assert!(write.as_mut().poll(&mut std::task::Context::from_waker(waker)).is_pending());
    }
    drop(gone);
    let results = join_all((10..20).map(|number| write(db, number, |_| Ok(())))).await;
    assert!(results.iter().all(Result::is_ok));
    assert!(10 <= rows(db).await);
}
