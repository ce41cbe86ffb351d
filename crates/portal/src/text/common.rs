//! On every page.

use super::{English, TraditionalChinese, words};

words! {
    /// On every page.
    CommonWords

    /// A link for keyboards that leads past the navigation.
    skip: "Skip to the content", "跳到主要內容";
    /// What the reader is signed in as.
    account: "Account", "帳戶";
    /// The button that ends the session.
    sign_out: "Sign out", "登出";
    /// One registry.
    registry: "Registry", "登錄";
    /// A registry's first page.
    overview: "Overview", "概觀";
    /// The list of webhooks.
    webhooks: "Webhooks", "Webhook";
    /// The heading of names.
    name: "Name", "名稱";
    /// The region of a registry or a webhook.
    location: "Location", "位置";
    /// Whether a webhook is on.
    status: "Status", "狀態";
    /// When something was made.
    created: "Created", "建立時間";
    /// When something was last changed.
    changed: "Changed", "變更時間";
    /// There is none.
    none: "None", "無";
    /// The link to the next page of a list.
    more: "More", "更多";
    /// The link to older events.
    older: "Older", "較舊";
    /// The button of a filter.
    search: "Search", "搜尋";
    /// The button of the box that finds anything, and the title of what it finds.
    find: "Find", "尋找";
    /// The box that finds anything.
    find_anything: "Find by name", "依名稱尋找";
    /// What can be found.
    find_hint:
        "Registries, repositories, tags as v1 or repository:v1, manifests by their digest, webhooks",
        "登錄、存放庫、標籤（v1 或 repository:v1）、以摘要尋找資訊清單、Webhook";
    /// The button that shows a page anew.
    refresh: "Refresh", "重新整理";
    /// The button that makes something.
    add: "Add", "新增";
    /// The button of a form that makes something.
    create: "Create", "建立";
    /// The button of a form that changes something.
    save: "Save", "儲存";
    /// The button that removes something.
    delete: "Delete", "刪除";
    /// The link that leaves a form.
    cancel: "Cancel", "取消";
    /// The button that copies.
    copy: "Copy", "複製";
    /// It was copied.
    copied: "Copied", "已複製";
    /// A filter finds nothing.
    nothing_found: "Nothing has that text.", "沒有符合的項目。";
    /// A field may not be empty.
    needed: "this is needed", "此為必填";
    /// Something in a form is not right, as is said at its field.
    something_is_wrong:
        "Nothing was saved yet: look at the fields that are marked.",
        "尚未儲存：請查看標示出的欄位。";
}

/// Sentences with something in them.
pub(crate) trait CommonSentences {
    /// What was done by the request before this one, by the word of its address.
    fn done(&self, word: &str) -> Option<String>;
}

impl CommonSentences for English {
    fn done(&self, word: &str) -> Option<String> {
        let said = match word {
            "created" => "The webhook was created.",
            "changed" => "The webhook was changed.",
            "deleted" => "The webhook was deleted.",
            "pinged" => "A ping is on its way. Refresh to see what came of it.",
            "regenerated" => "The password was made anew. Whoever had the old one has to be told.",
            "redelivered" => "The event is sent again.",
            "locks" => "What may be done was changed.",
            "untagged" => "The tag was removed.",
            "manifest-deleted" => "The manifest was deleted.",
            "repository-deleted" => "The repository was deleted.",
            "repository-going" => "The repository is being deleted. Refresh to see what is left.",
            "judged" => "The quarantine state was set.",
            _ => return None,
        };
        Some(said.to_owned())
    }
}

impl CommonSentences for TraditionalChinese {
    fn done(&self, word: &str) -> Option<String> {
        let said = match word {
            "created" => "已建立 Webhook。",
            "changed" => "已變更 Webhook。",
            "deleted" => "已刪除 Webhook。",
            "pinged" => "正在傳送 Ping。重新整理即可查看結果。",
            "regenerated" => "已重新產生密碼。請通知使用舊密碼的人。",
            "redelivered" => "正在重新傳送事件。",
            "locks" => "已變更允許的作業。",
            "untagged" => "已移除標籤。",
            "manifest-deleted" => "已刪除資訊清單。",
            "repository-deleted" => "已刪除存放庫。",
            "repository-going" => "正在刪除存放庫。重新整理即可查看剩餘內容。",
            "judged" => "已設定隔離狀態。",
            _ => return None,
        };
        Some(said.to_owned())
    }
}
