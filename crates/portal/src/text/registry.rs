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
}

impl RegistrySentences for English {
    fn usage(&self, name: &'static str) -> &'static str {
        match name {
            "Size" => "Storage",
            "ScopeMaps" => "Scope maps",
            other => other,
        }
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
}
