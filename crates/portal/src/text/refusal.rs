//! Why a page is not shown, or a form does nothing.

use super::{English, TraditionalChinese, words};
use boathook_engine::live;

words! {
    /// Why a page is not shown, or a form does nothing.
    RefusalWords

    /// The title of a page that the reader may not see.
    forbidden: "You may not do this", "您沒有權限";
    /// The title of a page about what is not there.
    gone: "There is nothing here", "這裡沒有內容";
    /// Why there is nothing.
    gone_why: "What was here has been deleted, or never was.", "此處的內容已刪除，或從未存在。";
    /// The title where a form was not taken.
    not_sent: "The form was not taken", "未接受此表單";
    /// A form came from another site.
    elsewhere_why: "It was sent from another site. Nothing was changed.", "表單來自其他網站，未變更任何內容。";
    /// A form is too large.
    too_large_why:
        "It is larger than this server takes. Nothing was changed.",
        "表單超過此伺服器的上限，未變更任何內容。";
    /// A form did not come whole.
    cut_off_why:
        "It did not arrive whole. Nothing was changed: go back and send it again.",
        "表單未完整送達，未變更任何內容。請返回並重新傳送。";
    /// Somebody else was faster.
    stale: "This was changed in the meantime", "內容已在此期間變更";
    /// What to do about it.
    stale_why:
        "Somebody else has changed it since your page was made. Go back, refresh the page and look again.",
        "自您開啟頁面後，其他人已變更此內容。請返回並重新整理頁面。";
    /// The server could not.
    failed: "This did not work", "作業未成功";
    /// What to do about it.
    failed_why:
        "The server could not do this. Try again in a moment; its log says why.",
        "伺服器目前無法完成此作業。請稍後再試；原因記錄在伺服器的記錄檔中。";
    /// A webhook is off.
    disabled: "The webhook is off", "Webhook 已關閉";
    /// What to do about it.
    disabled_why:
        "Nothing is sent to it but pings. Switch it on, and send the event again.",
        "除了 Ping 之外不會傳送任何內容。請先開啟 Webhook，再重新傳送事件。";
    /// Something is locked.
    locked: "This is locked", "此項目已鎖定";
    /// A registry takes no requests.
    offline: "This registry is closed to the network", "此登錄已關閉網路存取";
    /// What to do about it.
    offline_why:
        "Its public network access is disabled, and so nobody sees or changes what it holds, here or with a client.",
        "此登錄已停用公用網路存取，因此無法在此頁面或透過用戶端檢視或變更其內容。";
    /// The server has too much to do.
    busy: "This has to wait", "請稍候";
    /// What to do about it.
    busy_why: "The server has too much to do, or is stopping. Try again in a moment.", "伺服器忙碌或正在停止。請稍後再試。";
    /// A page is not brought up to date by itself.
    not_live:
        "New events are not shown by themselves now. Refresh to see them.",
        "目前無法自動顯示新事件。請重新整理以檢視。";
    /// The quarantine does not judge charts.
    not_judged: "This cannot be judged", "無法設定隔離狀態";
    /// Why it does not.
    chart_not_judged_why: "A chart of the classic repository is never held back.", "傳統存放庫的圖表不會被隔離。";
    /// Too many tags would be announced at once.
    too_many_tags_why: "The manifest has too many tags to announce at once. Remove some first.", "資訊清單的標籤過多，無法一次通知。請先移除部分標籤。";
    /// The link to the first page.
    to_registries: "To the registries", "前往登錄清單";
}

/// Sentences with something in them.
pub(crate) trait RefusalSentences {
    /// Why the reader may not, by ARM's name of the action.
    fn forbidden_why(&self, action: &str) -> String;
    /// Why the reader may not, by the scope that a client would ask for.
    fn not_granted_why(&self, scope: &str) -> String;
    /// Why a page is not brought up to date by itself.
    fn not_live_why(&self, refusal: live::Refusal) -> String;
}

impl RefusalSentences for English {
    fn forbidden_why(&self, action: &str) -> String {
        format!("None of your roles allows {action} here. An owner can give you one that does.")
    }

    fn not_granted_why(&self, scope: &str) -> String {
        format!(
            "None of your roles gives {scope} in this registry. An owner can give you one that does."
        )
    }

    fn not_live_why(&self, refusal: live::Refusal) -> String {
        match refusal {
            live::Refusal::Full => format!(
                "{} pages follow events already, which is as many as this server brings up to date.",
                live::WATCHERS_MAX
            ),
            live::Refusal::TooMany => format!(
                "{} pages of your identity follow events already. Close some of them.",
                live::WATCHERS_OF_ONE_MAX
            ),
        }
    }
}

impl RefusalSentences for TraditionalChinese {
    fn forbidden_why(&self, action: &str) -> String {
        format!("您的角色都不允許在此執行 {action}。擁有者可以授予您所需的角色。")
    }

    fn not_granted_why(&self, scope: &str) -> String {
        format!("您的角色未在此登錄授予 {scope}。擁有者可以授予您所需的角色。")
    }

    fn not_live_why(&self, refusal: live::Refusal) -> String {
        match refusal {
            live::Refusal::Full => {
                format!("已有 {} 個頁面自動顯示事件，這是此伺服器的上限。", live::WATCHERS_MAX)
            }
            live::Refusal::TooMany => format!(
                "您的身分識別已有 {} 個頁面自動顯示事件。請關閉其中一些頁面。",
                live::WATCHERS_OF_ONE_MAX
            ),
        }
    }
}
