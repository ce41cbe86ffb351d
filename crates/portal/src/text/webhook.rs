//! Webhooks, as the how-to names their fields and buttons.

use super::{English, TraditionalChinese, chinese_refusals, words};
use boathook_engine::manage::webhooks;

words! {
    /// Webhooks, as the how-to names their fields and buttons.
    WebhookWords

    /// There are none.
    no_webhooks: "There is no webhook yet.", "尚無 Webhook。";
    /// The filter of the list.
    filter_webhooks: "Search to filter webhooks", "搜尋以篩選 Webhook";
    /// What a webhook hears of.
    actions: "Actions", "動作";
    /// What its events have to be about.
    scope: "Scope", "範圍";
    /// The empty scope.
    everything: "all events in the registry", "登錄中的所有事件";
    /// How a webhook does.
    health: "Health", "健康情況";
    /// The last event was accepted.
    health_good: "delivering", "正常傳送";
    /// The last event was not accepted.
    health_failing: "failing", "傳送失敗";
    /// The last event has not been tried.
    health_waiting: "waiting", "等候中";
    /// Nothing was sent yet.
    health_unknown: "nothing sent yet", "尚未傳送";
    /// Its receiver has said that it is gone.
    health_paused: "paused", "已暫停";
    /// The webhook is enabled.
    on: "On", "開啟";
    /// The webhook is disabled.
    off: "Off", "關閉";
    /// The title of the form.
    create_webhook: "Create webhook", "建立 Webhook";
    /// The field of the name.
    webhook_name: "Webhook name", "Webhook 名稱";
    /// The rule of the name.
    webhook_name_hint: "5 to 50 letters and digits", "5 到 50 個英文字母與數字";
    /// What the location is for.
    location_hint: "The region whose events it hears", "要接收其事件的區域";
    /// Where to send to.
    service_uri: "Service URI", "服務 URI";
    /// The rule of the address.
    service_uri_hint:
        "Where the webhook sends POST requests, such as https://example.com/hook",
        "Webhook 傳送 POST 要求的位置，例如 https://example.com/hook";
    /// What to send along.
    custom_headers: "Custom headers", "自訂標頭";
    /// The rule of the headers.
    custom_headers_hint: "One on each line, as in the example: key: value", "每行一個，格式為 key: value";
    /// What may not be seen is kept.
    kept_if_empty:
        "You may not see what is set here. Leave this empty to keep it.",
        "您無法檢視目前的設定。留空即可保留。";
    /// The boxes of the actions.
    trigger_actions: "Trigger actions", "觸發動作";
    /// What ACR announces to nobody.
    extra_actions:
        "More than Azure Container Registry announces",
        "Azure Container Registry 未提供的動作";
    /// What these are.
    extra_actions_hint: "These are sent to nobody who does not ask for them.", "僅傳送給要求接收的 Webhook。";
    /// Whether deletions tell of tags.
    deleted_tags: "Tell of the tags that went with a deleted manifest", "告知隨已刪除資訊清單移除的標籤";
    /// What stands in the empty field.
    scope_placeholder: "Enter the webhook scope", "輸入 Webhook 範圍";
    /// The rule of the scope.
    scope_hint:
        "Empty for everything, repository:tag, or repository:* for all tags. A star stands for any characters: team/*:v1.*",
        "留空表示全部；repository:tag，或 repository:* 表示所有標籤。星號代表任意字元：team/*:v1.*";
    /// The button that asks what a scope lets through.
    test_scope: "Which of my tags match?", "哪些標籤符合？";
    /// Present tags that the scope lets through.
    hears: "Of the tags that are there now, these match:", "目前的標籤中，下列項目符合：";
    /// No present tag is let through.
    hears_none: "None of the tags that are there now matches.", "目前沒有符合的標籤。";
    /// There are more of them.
    and_more: "and more", "還有更多";
    /// Another has the name.
    name_taken: "there is already a webhook of this name in the registry", "此登錄中已有同名的 Webhook";
    /// The button that sends a ping.
    ping: "Ping", "Ping";
    /// The button that leads to the form.
    configure: "Configure", "設定";
    /// What a webhook is.
    essentials: "Essentials", "基本資訊";
    /// Why nothing is sent.
    paused_because: "Paused, and events wait:", "已暫停，事件等候中：";
    /// What a webhook was sent.
    events: "Events", "事件";
    /// The switch of events that appear by themselves.
    live: "Show new events as they come", "自動顯示新事件";
    /// Nothing was sent.
    no_events: "Nothing was sent yet. Ping it, or push an image.", "尚未傳送任何內容。請按 Ping，或推送映像。";
    /// The reader may not see them.
    events_not_allowed: "You may not look at the events of this webhook.", "您無法檢視此 Webhook 的事件。";
    /// The filter of the events.
    filter_events: "Search to filter webhook events", "搜尋以篩選 Webhook 事件";
    /// The heading of what happened.
    action_title: "Action", "動作";
    /// The heading of what it happened to.
    image: "Image", "映像";
    /// The heading of what was answered.
    http_status: "HTTP status", "HTTP 狀態";
    /// The heading of when it happened.
    timestamp: "Timestamp", "時間戳記";
    /// The receiver has accepted it.
    delivered: "delivered", "已傳送";
    /// It has not been tried.
    waiting: "waiting", "等候中";
    /// It failed, and is tried again.
    retrying: "retrying", "重試中";
    /// It failed for good.
    dead: "given up", "已放棄";
    /// Its webhook was switched off or deleted first.
    cancelled: "cancelled", "已取消";
    /// What goes with a webhook.
    delete_webhook_why:
        "What it still has to send is cancelled, and its events can no longer be seen. This cannot be undone.",
        "尚未傳送的內容將會取消，且無法再檢視其事件。此動作無法復原。";
}

/// Sentences with something in them.
pub(crate) trait WebhookSentences {
    /// How many webhooks are shown, for whoever does not see them.
    fn webhooks_shown(&self, count: usize) -> String;
    /// How many events are shown, for whoever does not see them.
    fn events_shown(&self, count: usize) -> String;
    /// None of the events that were looked at has what the filter wants, and there are older ones.
    fn no_events_so_far(&self, count: usize) -> String;
    /// What an action is called, by ACR's word.
    fn action(&self, word: &str) -> &'static str;
    /// The title of the form of a webhook.
    fn configure_webhook(&self, name: &str) -> String;
    /// The question whether a webhook shall go.
    fn delete_webhook(&self, name: &str) -> String;
    /// A line of the headers is none.
    fn header_line(&self, line: usize) -> String;
    /// Somebody else has changed the webhook since the form was opened.
    fn changed_meanwhile(&self, by: &str, at: &str) -> String;
    /// Why a webhook is not made or changed.
    fn webhook_refused(&self, refusal: &webhooks::Refusal) -> String;
}

impl WebhookSentences for English {
    fn webhooks_shown(&self, count: usize) -> String {
        format!("{count} webhooks are shown")
    }

    fn events_shown(&self, count: usize) -> String {
        format!("{count} events are shown")
    }

    fn no_events_so_far(&self, count: usize) -> String {
        format!(
            "None of the {count} events that were looked at has that text. Choose Older to look further back."
        )
    }

    fn action(&self, word: &str) -> &'static str {
        match word {
            "push" => "Image push",
            "delete" => "Image delete",
            "chart_push" => "Helm chart push",
            "chart_delete" => "Helm chart delete",
            "quarantine" => "Image quarantine",
            "untag" => "Tag removed or moved",
            "purge" => "Removed by a policy",
            "lock" => "Lock changed",
            "pull" => "Image pull",
            "scan" => "Scan result changed",
            _ => "",
        }
    }

    fn configure_webhook(&self, name: &str) -> String {
        format!("Configure {name}")
    }

    fn delete_webhook(&self, name: &str) -> String {
        format!("Delete the webhook {name}?")
    }

    fn header_line(&self, line: usize) -> String {
        format!("line {line} is no header: write key: value")
    }

    fn changed_meanwhile(&self, by: &str, at: &str) -> String {
        format!(
            "Not saved: {by} has changed this webhook at {at}, after you opened the form. Save again to have it as it stands below."
        )
    }

    fn webhook_refused(&self, refusal: &webhooks::Refusal) -> String {
        refusal.to_string()
    }
}

impl WebhookSentences for TraditionalChinese {
    fn webhooks_shown(&self, count: usize) -> String {
        format!("顯示 {count} 個 Webhook")
    }

    fn events_shown(&self, count: usize) -> String {
        format!("顯示 {count} 個事件")
    }

    fn no_events_so_far(&self, count: usize) -> String {
        format!("已搜尋的 {count} 個事件中沒有符合的項目。選取「較舊」可繼續搜尋更早的事件。")
    }

    fn action(&self, word: &str) -> &'static str {
        match word {
            "push" => "推送映像",
            "delete" => "刪除映像",
            "chart_push" => "推送 Helm 圖表",
            "chart_delete" => "刪除 Helm 圖表",
            "quarantine" => "隔離映像",
            "untag" => "移除或移動標籤",
            "purge" => "由原則移除",
            "lock" => "變更鎖定",
            "pull" => "提取映像",
            "scan" => "變更掃描結果",
            _ => "",
        }
    }

    fn configure_webhook(&self, name: &str) -> String {
        format!("設定 {name}")
    }

    fn delete_webhook(&self, name: &str) -> String {
        format!("要刪除 Webhook {name} 嗎？")
    }

    fn header_line(&self, line: usize) -> String {
        format!("第 {line} 行不是標頭：請使用 key: value 格式")
    }

    fn changed_meanwhile(&self, by: &str, at: &str) -> String {
        format!(
            "尚未儲存：您開啟表單後，{by} 已於 {at} 變更此 Webhook。再次儲存即會套用下方的內容。"
        )
    }

    fn webhook_refused(&self, refusal: &webhooks::Refusal) -> String {
        chinese_refusals::refused(refusal)
    }
}
