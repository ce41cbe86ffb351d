//! Bodies that take their time: what counts is what their sender may do when all of it has come.

use crate::identities::{IDENTITIES, Managed, REGISTRY, SUBSCRIPTION, assignment};
use crate::wire::Wire;
use http::Method;

const GROUP: &str = r#"{"location":"local"}"#;
const REGISTRY_BODY: &str = r#"{"location":"local","sku":{"name":"Basic"}}"#;
const HOOK: &str =
    r#"{"location":"local","properties":{"serviceUri":"http://127.0.0.1:9/","actions":["push"]}}"#;

impl Managed {
    /// Begins to make a webhook, and has been told to go on.
    async fn begins(&self, bearer: &str, path: &str) -> Wire {
        let mut wire = Wire::to(self.served.address).await;
        let head = format!(
            "PUT {path}?api-version=1 HTTP/1.1\r\nHost: h\r\nAuthorization: {bearer}\r\n\
             Expect: 100-continue\r\nContent-Length: {}\r\n\r\n",
            HOOK.len()
        );
        wire.write(head).await;
        let _ = wire.answer().await.is(100);
        wire
    }

    /// Makes somebody who owns everything, and who begins to make a webhook.
    async fn owner_at_work(&self, name: &str, path: &str) -> Wire {
        let made = self.make(name).await;
        let _ = self.assign(SUBSCRIPTION, 1, "Owner", &made.principal).await.is(201);
        self.begins(&self.bearer(&made).await, path).await
    }
}

#[tokio::test]
async fn who_has_lost_a_role_meanwhile_is_refused() {
    let managed = Managed::start().await;
    let path = format!("{REGISTRY}/webhooks/hook01");
    let mut wire = managed.owner_at_work("ci", &path).await;
    let _ = managed.owner(Method::DELETE, &assignment(SUBSCRIPTION, 1), "").await.is(200);
    wire.write(HOOK).await;
    let _ = wire.answer().await.is(403);
    let _ = managed.owner(Method::GET, &path, "").await.is(404);
}

#[tokio::test]
async fn who_is_nobody_any_more_is_refused() {
    let managed = Managed::start().await;
    let path = format!("{REGISTRY}/webhooks/hook01");
    let mut wire = managed.owner_at_work("ci", &path).await;
    let _ = managed.owner(Method::DELETE, &format!("{IDENTITIES}/ci"), "").await.is(200);
    wire.write(HOOK).await;
    let _ = wire.answer().await.is(401);
    let _ = managed.owner(Method::GET, &path, "").await.is(404);
}

#[tokio::test]
async fn what_was_meant_for_one_registry_does_not_come_to_another_of_its_name() {
    let managed = Managed::start().await;
    let within = |group: &str| {
        let provider = "providers/Microsoft.ContainerRegistry";
        format!("{SUBSCRIPTION}/resourceGroups/{group}/{provider}/registries/shared")
    };
    for group in ["one", "two"] {
        let path = format!("{SUBSCRIPTION}/resourceGroups/{group}");
        let _ = managed.owner(Method::PUT, &path, GROUP).await.is(201);
    }
    let _ = managed.owner(Method::PUT, &within("one"), REGISTRY_BODY).await.is(201);
    let path = format!("{}/webhooks/hook01", within("one"));
    let mut wire = managed.begins(&managed.owner, &path).await;
    let _ = managed.owner(Method::DELETE, &within("one"), "").await.is(202);
    managed.operate().await;
    let _ = managed.owner(Method::PUT, &within("two"), REGISTRY_BODY).await.is(201);
    wire.write(HOOK).await;
    let _ = wire.answer().await.is(404);
    let hooks = managed.get(&format!("{}/webhooks", within("two"))).await;
    assert_eq!(hooks["value"].as_array().map(Vec::len), Some(0));
}
