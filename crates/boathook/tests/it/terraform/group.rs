//! `azurerm_resource_group`.

use super::Terraform;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn a_group_is_created_updated_and_deleted_when_it_holds_nothing_any_more() {
    let mut terraform = Terraform::start().await;
    let id = format!("{}/resourceGroups/team", terraform.subscription());
    let _ = terraform.get(&id).await.is(404);
    let body = json!({"location": "westeurope", "tags": {"env": "ci"}});
    let _ = terraform.ask(Method::PUT, &id, Some(&body)).await.is(201);
    let group = terraform.get(&id).await.is(200).json();
    assert_eq!((&group["location"], &group["tags"]), (&body["location"], &body["tags"]));
    let _ = terraform.ask(Method::PATCH, &id, Some(&json!({"tags": {}}))).await.is(200);
    assert_eq!(terraform.get(&id).await.is(200).json()["tags"], json!({}));
    let resources = format!("{id}/resources?$expand=provisioningState&$top=10");
    let held = terraform.get(&resources).await.is(200).json();
    assert_eq!(held["value"], json!([]));
    terraform.then_poll(Method::DELETE, &id, None).await;
    terraform.check(&[
        "GET /resourceGroups/team 404",
        "PUT /resourceGroups/team 201",
        "GET /resourceGroups/team 200",
        "PATCH /resourceGroups/team 200",
        "GET /resourceGroups/team 200",
        "GET /resourceGroups/team/resources?$expand=provisioningState&$top=10 200",
        "DELETE /resourceGroups/team 202",
        "poll",
        "GET /resourceGroups/team 404",
    ]);
    terraform.stop();
}
