//! Where charts are found in a registry.

/// The flag that names a repository of charts.
#[derive(clap::Args)]
pub(super) struct RepositoryArgs {
    /// The repository of charts.
    #[arg(long, default_value = "repo", hide = true)]
    repository: String,
}

impl RepositoryArgs {
    /// What is going to be done with the repository, as a registry names it.
    pub(super) fn scope(&self, permission: &str) -> String {
        format!("artifact-repository:{}:{permission}", self.repository)
    }

    /// The repository's address.
    pub(super) fn base(&self) -> String {
        format!("/helm/v1/{}", self.repository)
    }

    /// All charts, the versions of one, or one version.
    pub(super) fn charts(&self, chart: Option<&str>, version: Option<&str>) -> String {
        let parts = [chart, version.filter(|_| chart.is_some())].into_iter().flatten();
        let parts = parts.map(|part| format!("/{part}"));
        format!("{}/_charts{}", self.base(), parts.collect::<String>())
    }

    /// A file of a chart.
    pub(super) fn file(&self, name: &str) -> String {
        format!("{}/_blobs/{name}", self.base())
    }
}
