//! What a webhook was sent, attempt by attempt.

use super::{English, TraditionalChinese, words};

words! {
    /// What a webhook was sent, attempt by attempt.
    DeliveryWords

    /// The title of an event's page.
    event: "Event", "事件";
    /// Where a delivery stands.
    state: "State", "狀態";
    /// When it is tried again.
    next_attempt: "Next attempt", "下次嘗試";
    /// The button that has it sent again.
    redeliver: "Redeliver", "重新傳送";
    /// The attempts of a delivery.
    attempts: "Attempts", "嘗試次數";
    /// It was not tried yet.
    no_attempts: "It was not tried yet.", "尚未嘗試。";
    /// The number of an attempt.
    number: "Number", "編號";
    /// When an attempt began.
    started: "Started", "開始時間";
    /// How long an attempt took.
    took: "Took", "耗時";
    /// What was sent.
    request: "Request", "要求";
    /// What was answered.
    response: "Response", "回應";
    /// Nothing was answered.
    no_response: "No response", "沒有回應";
    /// The body of a message.
    body: "Body", "本文";
    /// The title of the plot.
    latency: "Duration of the attempts", "嘗試的耗時";
    /// The title of the plot of a webhook.
    pace_title: "Latency and failures", "延遲與失敗";
    /// How many attempts have failed.
    failed_attempts: "Failed", "失敗";
    /// Half of the attempts took no longer.
    median: "Median", "中位數";
    /// The one that took the longest.
    longest: "Longest", "最長";
}

/// Sentences with something in them.
pub(crate) trait DeliverySentences {
    /// How long something took.
    fn milliseconds(&self, duration_ms: u64) -> String;
    /// One of the attempts.
    fn attempt(&self, number: u32) -> String;
    /// What the plot of a webhook's attempts shows.
    fn pace(&self, count: usize, failed: usize) -> String;
    /// Why an attempt failed, by the class that the log has; a class of a later version stays as it is.
    fn failure<'a>(&self, class: &'a str) -> &'a str;
}

impl DeliverySentences for English {
    fn milliseconds(&self, duration_ms: u64) -> String {
        format!("{duration_ms} ms")
    }

    fn attempt(&self, number: u32) -> String {
        format!("Attempt {number}")
    }

    fn pace(&self, count: usize, failed: usize) -> String {
        format!("Duration of the last {count} attempts, {failed} of which failed")
    }

    fn failure<'a>(&self, class: &'a str) -> &'a str {
        match class {
            "status" => "The receiver did not accept it",
            "address_refused" => "The address may not be reached",
            "dns_error" => "The host name could not be looked up",
            "connection_refused" => "The connection was refused",
            "connect_error" => "No connection came about",
            "tls_error" => "The TLS handshake failed",
            "timeout" => "The time ran out",
            "protocol_error" => "The receiver did not speak HTTP",
            "request_error" => "The request could not be made",
            other => other,
        }
    }
}

impl DeliverySentences for TraditionalChinese {
    fn milliseconds(&self, duration_ms: u64) -> String {
        format!("{duration_ms} 毫秒")
    }

    fn attempt(&self, number: u32) -> String {
        format!("第 {number} 次嘗試")
    }

    fn pace(&self, count: usize, failed: usize) -> String {
        format!("最近 {count} 次嘗試的耗時，其中 {failed} 次失敗")
    }

    fn failure<'a>(&self, class: &'a str) -> &'a str {
        match class {
            "status" => "接收端未接受",
            "address_refused" => "不允許連線至此位址",
            "dns_error" => "無法查詢主機名稱",
            "connection_refused" => "連線遭拒",
            "connect_error" => "無法建立連線",
            "tls_error" => "TLS 交握失敗",
            "timeout" => "逾時",
            "protocol_error" => "接收端未使用 HTTP 通訊協定",
            "request_error" => "無法建立要求",
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_of_failure_is_said_in_every_language() {
        for class in [
            "status",
            "address_refused",
            "dns_error",
            "connection_refused",
            "connect_error",
            "tls_error",
            "timeout",
            "protocol_error",
            "request_error",
        ] {
            assert_ne!(English.failure(class), class);
            assert!(!TraditionalChinese.failure(class).is_ascii(), "{class}");
        }
        assert_eq!(English.failure("later"), "later");
    }
}
