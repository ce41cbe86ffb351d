//! Registries.

use super::{English, TraditionalChinese, words};

words! {
    /// Registries.
    RegistryWords

    /// The list of registries.
    registries: "Registries", "登錄";
    /// There are none that the reader may see.
    no_registries: "There is no registry that you may look at.", "沒有您可以檢視的登錄。";
    /// The host that clients use.
    login_server: "Login server", "登入伺服器";
    /// The resource group.
    resource_group: "Resource group", "資源群組";
    /// How much a registry has.
    usage_title: "Usage", "使用量";
    /// What is counted.
    what: "What", "項目";
    /// How much there is.
    used: "Used", "已使用";
    /// How much there may be.
    limit: "Limit", "上限";
    /// The same in per cent.
    share: "Share", "比例";
    /// There is no limit.
    unlimited: "Unlimited", "無限制";
    /// How much goes through a registry.
    traffic_title: "The last 24 hours", "過去 24 小時";
    /// Manifests and charts that were pushed.
    pushes: "Pushes", "推送";
    /// Manifests and charts that were pulled.
    pulls: "Pulls", "提取";
    /// Events that receivers have accepted.
    deliveries: "Deliveries", "傳送";
    /// When something was last pushed.
    last_push: "Last push", "上次推送";
    /// When something was last pulled.
    last_pull: "Last pull", "上次提取";
    /// When a receiver last accepted an event.
    last_delivery: "Last delivery", "上次傳送";
    /// When an hour began.
    hour: "Hour", "小時";
    /// The table beside a plot.
    in_numbers: "In numbers", "以數字顯示";
    /// Commands to copy.
    commands: "Commands to begin with", "快速入門命令";
    /// What `docker login` is for.
    command_sign_in: "Sign in", "登入";
    /// What `docker push` is for.
    command_push: "Push an image", "推送映像";
    /// What `helm push` is for.
    command_chart: "Push a chart", "推送 Helm 圖表";
    /// What `az` is told.
    command_az: "Use az with this server", "搭配 az 使用此伺服器";
}

/// Sentences with something in them.
pub(crate) trait RegistrySentences {
    /// What is limited, by ARM's name.
    fn usage(&self, name: &'static str) -> &'static str;
    /// How often there was something in the last day.
    fn in_24_hours(&self, name: &str, count: u64) -> String;
}

impl RegistrySentences for English {
    fn usage(&self, name: &'static str) -> &'static str {
        match name {
            "Size" => "Storage",
            "ScopeMaps" => "Scope maps",
            other => other,
        }
    }

    fn in_24_hours(&self, name: &str, count: u64) -> String {
        format!("{name}: {count} in 24 hours")
    }
}

impl RegistrySentences for TraditionalChinese {
    fn usage(&self, name: &'static str) -> &'static str {
        match name {
            "Size" => "儲存空間",
            "Geo-replications" => "異地複寫",
            "ScopeMaps" => "範圍對應",
            "Tokens" => "權杖",
            "Webhooks" => "Webhook",
            other => other,
        }
    }

    fn in_24_hours(&self, name: &str, count: u64) -> String {
        format!("{name}：24 小時內 {count} 次")
    }
}
