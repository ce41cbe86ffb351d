//! Charts.

use super::{English, TraditionalChinese, words};

words! {
    /// Charts.
    ChartWords

    /// The list of charts.
    charts: "Charts", "圖表";
    /// One of them.
    chart: "Chart", "圖表";
    /// There are none.
    no_charts: "There is no chart yet. The overview has the command that pushes one.", "尚無圖表。概觀頁面有推送圖表的命令。";
    /// The versions of a chart.
    versions: "Versions", "版本";
    /// One of them.
    version: "Version", "版本";
    /// There are none.
    no_versions: "There is no version that is listed.", "沒有列出的版本。";
    /// What a chart says of itself.
    chart_yaml: "Chart.yaml", "Chart.yaml";
    /// Its archive.
    archive: "Archive", "封存檔";
    /// Who vouches for it.
    provenance: "Provenance", "來源證明";
    /// A text is too long to be shown.
    text_is_cut: "Only the beginning is shown.", "僅顯示開頭部分。";
    /// A text is not there.
    no_such_file: "The chart has none.", "圖表中沒有此檔案。";
    /// The archive cannot be read.
    archive_unread: "The files of this chart are not shown:", "無法顯示此圖表的檔案：";
}
