//! Access keys, replications, the audit log and storage.

use super::{English, TraditionalChinese, words};
use boathook_engine::auth::admin;

words! {
    /// Access keys, replications, the audit log and storage.
    OperationWords

    /// The admin user and its passwords.
    keys: "Access keys", "存取金鑰";
    /// What they are for.
    keys_why:
        "The admin user signs in to docker, podman and helm, with either password. Whoever has one may do everything with the content of this registry.",
        "管理使用者可用任一密碼登入 docker、podman 與 helm。持有密碼的人可以對此登錄的內容執行任何動作。";
    /// The name of the admin user.
    username: "Username", "使用者名稱";
    /// The regions that a registry is in.
    replications: "Replications", "複寫";
    /// Where a registry was made.
    home_region: "Home region", "主要區域";
    /// It is in no other.
    no_replications: "This registry is in no other region.", "此登錄不在其他區域。";
    /// A region serves the registry.
    ready: "Ready", "就緒";
    /// Whether clients are led to a region.
    endpoint: "Endpoint", "端點";
    /// Whether a region has more than one place.
    zone_redundancy: "Zone redundancy", "區域備援";
    /// The audit log.
    activity: "Activity log", "活動記錄";
    /// Who did it.
    caller: "Caller", "呼叫者";
    /// What it was done to.
    resource: "Resource", "資源";
    /// The request that did it.
    request_id: "Request", "要求";
    /// What a registry holds.
    storage: "Storage", "儲存空間";
    /// The server removes nothing.
    collects_not:
        "This server removes nothing: its setting gc.enabled is false. You can look what would go.",
        "此伺服器不會移除任何內容：設定 gc.enabled 為 false。您可以查看會移除的內容。";
    /// The button that looks.
    look_what_goes: "Look what would go", "查看會移除的內容";
    /// The button that removes.
    collect_now: "Collect garbage now", "立即收集垃圾";
    /// What was asked for goes on.
    under_way: "under way", "進行中";
    /// What was asked for is over.
    ended: "succeeded", "已成功";
    /// It could not be done, or whoever did it died.
    ended_badly: "failed", "失敗";
    /// Why it failed.
    why: "Why", "原因";
    /// What is of no use for long enough.
    would_go: "Needed by nothing for long enough", "已久未使用";
    /// What is of no use, and not for long enough.
    goes_later: "Needed by nothing, and goes later", "未使用，稍後移除";
    /// What is gone.
    freed: "Freed", "已釋放";
    /// The last collection of each region.
    last_collections: "Last collections", "上次收集";
    /// There was none.
    no_collections: "Nothing was collected yet.", "尚未收集。";
}

/// Sentences with something in them.
pub(crate) trait OperationSentences {
    /// Why there are no keys to show.
    fn no_keys(&self, refusal: admin::Refusal) -> &'static str;
    /// One of the passwords.
    fn password_number(&self, number: usize) -> String;
    /// The button that makes one of the passwords anew.
    fn regenerate(&self, number: usize) -> String;
    /// A time in hours.
    fn hours(&self, hours: u64) -> String;
    /// What is collected, after how long.
    fn storage_why(&self, grace: &str) -> String;
    /// How much is of no use.
    fn amount(&self, blobs: u64, bytes: &str) -> String;
}

impl OperationSentences for English {
    fn no_keys(&self, refusal: admin::Refusal) -> &'static str {
        match refusal {
            admin::Refusal::Disabled => {
                "The admin user of this registry is switched off: az acr update --admin-enabled true"
            }
            admin::Refusal::Sealed => {
                "A password cannot be shown any more. Regenerate it: az acr credential renew"
            }
        }
    }

    fn password_number(&self, number: usize) -> String {
        format!("Password {number}")
    }

    fn regenerate(&self, number: usize) -> String {
        format!("Regenerate password {number}")
    }

    fn hours(&self, hours: u64) -> String {
        format!("{hours} hours")
    }

    fn storage_why(&self, grace: &str) -> String {
        format!(
            "Blobs that no manifest has needed for {grace} are removed while the registry serves."
        )
    }

    fn amount(&self, blobs: u64, bytes: &str) -> String {
        format!("{blobs} blobs, {bytes}")
    }
}

impl OperationSentences for TraditionalChinese {
    fn no_keys(&self, refusal: admin::Refusal) -> &'static str {
        match refusal {
            admin::Refusal::Disabled => {
                "此登錄的管理使用者已停用：az acr update --admin-enabled true"
            }
            admin::Refusal::Sealed => "無法再顯示密碼。請重新產生：az acr credential renew",
        }
    }

    fn password_number(&self, number: usize) -> String {
        format!("密碼 {number}")
    }

    fn regenerate(&self, number: usize) -> String {
        format!("重新產生密碼 {number}")
    }

    fn hours(&self, hours: u64) -> String {
        format!("{hours} 小時")
    }

    fn storage_why(&self, grace: &str) -> String {
        format!("已有 {grace} 沒有任何資訊清單需要的 Blob，會在登錄服務期間移除。")
    }

    fn amount(&self, blobs: u64, bytes: &str) -> String {
        format!("{blobs} 個 Blob，{bytes}")
    }
}
