//! One policy of a registry: read, changed and shown.

use serde_json::{Value as Json, json};

use crate::cli::acr::status::Status;
use crate::cli::acr::{Answer, columns, shape};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// A policy that keeps something for some days.
pub(super) struct Policy {
    pub(super) name: &'static str,
    /// The member that says for how many days.
    pub(super) days: &'static str,
}

impl Policy {
    /// Picks the policy out of a registry.
    pub(super) fn of<'a>(&self, registry: &'a Value) -> &'a Value {
        registry.at(&["properties", "policies", self.name])
    }

    /// Shows the policy of a registry.
    pub(super) fn answer(&self, registry: &Value) -> Answer {
        let policy = self.of(registry);
        let mut value = shape::picked(policy, &[self.days]);
        shape::add(&mut value, "lastUpdatedTime", shape::time(policy.member("lastUpdatedTime")));
        shape::extend(&mut value, shape::picked(policy, &["status"]));
        Answer { value, columns: columns::sorted }
    }

    /// Sends what is to change of the policy, and shows what it is then.
    pub(super) async fn change(
        &self,
        path: &str,
        status: Option<Status>,
        days: Option<u32>,
        arm: &Arm,
        console: &mut Console<'_>,
    ) -> Result<Answer, Failure> {
        let mut policy = Json::Object(serde_json::Map::new());
        if let Some(days) = days {
            policy[self.days] = days.into();
        }
        if let Some(status) = status {
            policy["status"] = json!(status);
        }
        let body = json!({"properties": {"policies": {self.name: policy}}});
        let registry = progress::during(console, arm.patch(path, &body)).await?;
        Ok(self.answer(&registry))
    }
}
