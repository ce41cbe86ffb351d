//! Repositories, tags and manifests.

use super::{English, TraditionalChinese, words};
use boathook_core::lock::Locked;

words! {
    /// Repositories, tags and manifests.
    ContentWords

    /// The list of repositories.
    repositories: "Repositories", "存放庫";
    /// One of them.
    repository: "Repository", "存放庫";
    /// There are none.
    no_repositories: "There is no repository yet. The overview has the commands that push one.", "尚無存放庫。概觀頁面有推送映像的命令。";
    /// The filter of the list.
    filter_repositories: "Search to filter repositories", "搜尋以篩選存放庫";
    /// A filter has looked through as many as one request may.
    look_further: "Look through more repositories", "繼續搜尋其他存放庫";
    /// The selector of the region.
    region: "Region", "區域";
    /// The button of the selector.
    show: "Show", "顯示";
    /// The list of tags.
    tags: "Tags", "標籤";
    /// One of them.
    tag: "Tag", "標籤";
    /// An index lists what has been deleted.
    not_there: "(not there any more)", "（已不存在）";
    /// There are none.
    no_tags: "There is no tag that is listed.", "沒有列出的標籤。";
    /// The list of manifests.
    manifests: "Manifests", "資訊清單";
    /// One of them.
    manifest: "Manifest", "資訊清單";
    /// There are none.
    no_manifests: "There is no manifest that is listed.", "沒有列出的資訊清單。";
    /// What a manifest is called by.
    digest: "Digest", "摘要";
    /// When something last changed.
    updated: "Last updated", "上次更新";
    /// When something was pushed.
    pushed: "Pushed", "推送時間";
    /// Who pushed it.
    pushed_by: "Pushed by", "推送者";
    /// How many bytes.
    size: "Size", "大小";
    /// What may not be done.
    locks: "Locks", "鎖定";
    /// What something is.
    media_type: "Media type", "媒體類型";
    /// What an artifact is.
    artifact_type: "Artifact type", "成品類型";
    /// What something runs on.
    platform: "Platform", "平台";
    /// The entries of an index.
    platforms: "Platforms", "平台";
    /// How the quarantine stands.
    quarantine: "Quarantine", "隔離";
    /// What that rests on.
    quarantine_details: "Quarantine details", "隔離詳細資料";
    /// It waits.
    quarantined: "quarantined", "隔離中";
    /// It was let out.
    passed: "passed", "已通過";
    /// It stays.
    quarantine_failed: "failed", "未通過";
    /// The title of the form of the locks.
    may_be_done: "What may be done with it", "允許的作業";
    /// `deleteEnabled`.
    may_be_deleted: "It may be deleted", "允許刪除";
    /// `writeEnabled`.
    may_be_written: "It may be overwritten", "允許覆寫";
    /// `readEnabled`.
    may_be_read: "It may be pulled", "允許提取";
    /// `listEnabled`.
    is_listed: "Lists show it", "顯示在清單中";
    /// It is locked against deletion.
    no_delete: "no delete", "禁止刪除";
    /// It is locked against changes.
    no_write: "no write", "禁止寫入";
    /// It is locked against pulls.
    no_read: "no pull", "禁止提取";
    /// It is not listed.
    no_list: "not listed", "未列出";
    /// The button that removes a tag.
    untag: "Untag", "移除標籤";
    /// What that does.
    untag_why: "Takes the tag away. The manifest stays, and can be pulled by its digest.", "僅移除標籤。資訊清單會保留，仍可透過摘要提取。";
    /// What that does with a chart.
    untag_chart_why: "A chart goes with its tag: this deletes the version.", "圖表會隨標籤移除：此動作會刪除該版本。";
    /// The link to the deletion of a manifest.
    delete_manifest: "Delete the manifest", "刪除資訊清單";
    /// The link to the deletion of a repository.
    delete_repository: "Delete the repository", "刪除存放庫";
    /// The configuration of an image.
    config: "Configuration", "設定檔";
    /// The layers of an image.
    layers: "Layers", "圖層";
    /// Its annotations.
    annotations: "Annotations", "註釋";
    /// What is about it.
    referrers: "Referrers", "參考者";
    /// There are none.
    no_referrers: "Nothing is about this manifest.", "沒有參考此資訊清單的項目。";
    /// There are more of something than are shown.
    not_all_shown: "There are more than are shown here.", "還有其他項目未在此顯示。";
    /// What is in a manifest may not be seen.
    content_not_allowed: "You may not pull from this repository, and so not look at what is in the manifest.", "您無法從此存放庫提取，因此無法檢視資訊清單的內容。";
    /// The quarantine holds it back.
    content_held: "This manifest is in quarantine: what is in it is held back from you.", "此資訊清單在隔離中：您無法檢視其內容。";
    /// It is locked against pulls.
    content_locked: "This is locked against pulls: what is in it is not shown.", "此項目已鎖定提取：不會顯示其內容。";
    /// The title of the form of the quarantine.
    judge: "Set the quarantine state", "設定隔離狀態";
    /// `Passed`.
    verdict_passed: "Passed: it may be pulled, and is announced as pushed", "通過：允許提取，並通知已推送";
    /// `Failed`.
    verdict_failed: "Failed: it stays held back", "未通過：繼續隔離";
    /// The field of the details.
    details_hint: "JSON as the scanner wrote it, or empty", "掃描工具產生的 JSON，或留空";
    /// None of the two was chosen.
    verdict_needed: "choose one of the two", "請選擇其中一項";
    /// The button that sends it.
    set: "Set", "設定";
    /// The title of what would go.
    what_goes: "What goes", "將刪除的內容";
    /// Tags that go with a manifest.
    tags_that_go: "Tags that go with it", "一併移除的標籤";
    /// Indexes that need a manifest.
    needed_by: "Indexes that would be left without it", "將缺少此項目的索引";
    /// What is announced.
    announced: "What webhooks are told", "通知 Webhook 的事件";
    /// It cannot be brought back.
    cannot_be_undone: "This cannot be undone.", "此動作無法復原。";
    /// It can be brought back.
    can_be_restored: "Soft delete is on: it can be restored for some days.", "虛刪除已啟用：可在數天內還原。";
    /// A large deletion goes on.
    goes_on: "This takes a while: it goes on by itself, also when you leave the page. What is pushed meanwhile stays.", "此動作需要一段時間，離開頁面後仍會繼續。期間推送的內容會保留。";
    /// A repository with a lock somewhere.
    lock_in_between: "If somebody locks something of it meanwhile, what is left stays.", "期間若有項目被鎖定，其餘內容會保留。";
}

/// Sentences with something in them.
pub(crate) trait ContentSentences {
    /// How many repositories are shown, for whoever does not see them.
    fn repositories_shown(&self, count: usize) -> String;
    /// A number of tags.
    fn tag_count(&self, count: u64) -> String;
    /// A number of manifests.
    fn manifest_count(&self, count: u64) -> String;
    /// The question before a manifest is deleted.
    fn delete_manifest_of(&self, repository: &str) -> String;
    /// The question before a repository is deleted.
    fn delete_repository_named(&self, repository: &str) -> String;
    /// What is announced of a number of deletions.
    fn delete_events(&self, count: u64) -> String;
    /// What keeps something from being deleted.
    fn locked_by(&self, locked: Locked) -> &'static str;
    /// There are more than so many.
    fn and_others(&self, count: u64) -> String;
    /// Who has signed in as a registry's token, or as its admin user.
    fn by_registry_password(&self, name: &str) -> String;
}

impl ContentSentences for English {
    fn repositories_shown(&self, count: usize) -> String {
        format!("{count} repositories are shown")
    }

    fn tag_count(&self, count: u64) -> String {
        format!("{count} {}", if count == 1 { "tag" } else { "tags" })
    }

    fn manifest_count(&self, count: u64) -> String {
        format!("{count} {}", if count == 1 { "manifest" } else { "manifests" })
    }

    fn delete_manifest_of(&self, repository: &str) -> String {
        format!("Delete a manifest of {repository}?")
    }

    fn delete_repository_named(&self, repository: &str) -> String {
        format!("Delete the repository {repository}?")
    }

    fn delete_events(&self, count: u64) -> String {
        match count {
            1 => "one event, delete, or chart_delete if it is a chart".to_owned(),
            count => {
                format!("{count} events: delete for each manifest, chart_delete for each chart")
            }
        }
    }

    fn locked_by(&self, locked: Locked) -> &'static str {
        match locked {
            Locked::Repository => "The repository is locked. Unlock it first.",
            Locked::Manifest => "A manifest of it is locked. Unlock it first.",
            Locked::Tag => "A tag of it is locked. Unlock it first.",
        }
    }

    fn and_others(&self, count: u64) -> String {
        format!("and {count} more")
    }

    fn by_registry_password(&self, name: &str) -> String {
        format!("{name} (token or admin user)")
    }
}

impl ContentSentences for TraditionalChinese {
    fn repositories_shown(&self, count: usize) -> String {
        format!("顯示 {count} 個存放庫")
    }

    fn tag_count(&self, count: u64) -> String {
        format!("{count} 個標籤")
    }

    fn manifest_count(&self, count: u64) -> String {
        format!("{count} 個資訊清單")
    }

    fn delete_manifest_of(&self, repository: &str) -> String {
        format!("要刪除 {repository} 的資訊清單嗎？")
    }

    fn delete_repository_named(&self, repository: &str) -> String {
        format!("要刪除存放庫 {repository} 嗎？")
    }

    fn delete_events(&self, count: u64) -> String {
        match count {
            1 => "一個 delete 事件；圖表則為 chart_delete".to_owned(),
            count => format!("{count} 個事件：每個資訊清單一個 delete，每個圖表一個 chart_delete"),
        }
    }

    fn locked_by(&self, locked: Locked) -> &'static str {
        match locked {
            Locked::Repository => "存放庫已鎖定，請先解除鎖定。",
            Locked::Manifest => "其中的資訊清單已鎖定，請先解除鎖定。",
            Locked::Tag => "其中的標籤已鎖定，請先解除鎖定。",
        }
    }

    fn and_others(&self, count: u64) -> String {
        format!("以及其他 {count} 個")
    }

    fn by_registry_password(&self, name: &str) -> String {
        format!("{name}（權杖或管理使用者）")
    }
}
