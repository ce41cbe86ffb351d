//! Why a webhook is not made or changed, in Traditional Chinese. The API says it in English, which is its contract.

use boathook_core::custom_headers::{
    CUSTOM_HEADER_VALUE_BYTES_MAX, CUSTOM_HEADERS_MAX, InvalidCustomHeaders,
};
use boathook_core::service_uri::{InvalidServiceUri, SERVICE_URI_BYTES_MAX};
use boathook_engine::manage::webhooks::Refusal;

pub(super) fn refused(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Stale(_) | Refusal::Changing => "內容已在此期間變更：請再試一次".to_owned(),
        Refusal::NotFound => "沒有此 Webhook".to_owned(),
        Refusal::Name(_) => "Webhook 名稱為 5 到 50 個英文字母與數字".to_owned(),
        Refusal::Location { registry, location } => {
            format!("登錄 {registry} 不在位置 '{location}'")
        }
        Refusal::LocationFixed { location } => format!("Webhook 的位置無法變更：目前為 '{location}'"),
        Refusal::Uri(invalid) => uri(*invalid),
        Refusal::Address(refusal) => format!("Webhook 不能指向此位址：{refusal}"),
        Refusal::Headers(invalid) => headers(invalid),
        Refusal::Action { word, .. } | Refusal::ExtraAction { word, .. } => {
            format!("`{word}` 不是動作")
        }
        Refusal::NoAction => "Webhook 至少需要一個動作".to_owned(),
        Refusal::Status(word) => format!("`{word}` 不是狀態：請使用 `enabled` 或 `disabled`"),
        Refusal::Scope(_) => {
            "範圍為 repository:tag；存放庫使用小寫英文字母、數字、`/`、`.`、`_`、`-`，`*` 代表任意字元".to_owned()
        }
        Refusal::Tags => "標籤過多或過長".to_owned(),
        Refusal::Quota(exceeded) => {
            format!("此登錄的 SKU {} 最多可有 {} 個 Webhook", exceeded.sku, exceeded.max)
        }
        Refusal::Settling => {
            "停用 Webhook 時取消的事件仍在處理中：處理會自動完成，請稍後再啟用".to_owned()
        }
        Refusal::Sealed => "Webhook 的位址以其他金鑰密封：請重新提供位址與標頭".to_owned(),
    }
}

fn uri(invalid: InvalidServiceUri) -> String {
    match invalid {
        InvalidServiceUri::TooLong => format!("服務 URI 最多 {SERVICE_URI_BYTES_MAX} 個位元組"),
        InvalidServiceUri::Scheme => "服務 URI 以 `http://` 或 `https://` 開頭".to_owned(),
        InvalidServiceUri::WhiteSpace => {
            "服務 URI 不能包含空白與控制字元；請使用百分比編碼".to_owned()
        }
        InvalidServiceUri::Host => "服務 URI 在 `://` 之後為主機，例如 `example.com`".to_owned(),
        InvalidServiceUri::Port => "服務 URI 的連接埠為 1 到 65535 的數字".to_owned(),
    }
}

fn headers(invalid: &InvalidCustomHeaders) -> String {
    match invalid {
        InvalidCustomHeaders::TooMany => {
            format!("Webhook 最多可有 {CUSTOM_HEADERS_MAX} 個自訂標頭")
        }
        InvalidCustomHeaders::Name => "自訂標頭的名稱包含不允許的字元，或過長".to_owned(),
        InvalidCustomHeaders::Refused { name } => {
            format!("`{name}` 不能作為自訂標頭，因為由 Boathook 自行設定")
        }
        InvalidCustomHeaders::Twice { name } => {
            format!("自訂標頭 `{name}` 重複；名稱不區分大小寫")
        }
        InvalidCustomHeaders::ValueTooLong { name } => {
            format!("自訂標頭 `{name}` 的值最多 {CUSTOM_HEADER_VALUE_BYTES_MAX} 個位元組")
        }
        InvalidCustomHeaders::Value { name } => {
            format!("自訂標頭 `{name}` 的值不能包含換行與控制字元")
        }
    }
}
