//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::growth::level::Level;
use crate::measure::Settings;
use crate::row::Row;
use crate::seed::Sizes;

/// Measures any OCI registry by its address.
#[derive(Debug, Parser)]
#[command(name = "boathook-bench", version)]
pub(crate) struct Cli {
    /// Threads of the load generator; by default half of the cores, so that the server keeps the other half.
    #[arg(long, global = true)]
    pub(crate) threads: Option<usize>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Prints the names of the standard rows.
    List,
    /// Measures rows against a server that is running, and prints a line of JSON for each.
    Run(Run),
    /// Starts Boathook, docker-registry and nginx, measures them in turn, and prints tables of the medians.
    Compare(Compare),
    /// Fills Boathook's database by the million, and prints what that changes.
    Growth(Growth),
    /// Has Boathook collect garbage and delete a repository, and prints what that costs whoever pushes and pulls.
    Beside(Beside),
    /// Fills Boathook, and prints how large each page of its portal is and what it costs.
    Portal(Portal),
    /// Compares and fills, and prints the whole of `docs/benchmarks.md`.
    Paper(Paper),
}

/// How long and how hard to measure.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// Seconds that a row runs.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Tags of the repository whose tags are listed.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(100..))]
    tags: u64,
    /// Repositories of the catalog that is listed.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(100..))]
    repositories: u64,
    /// Pushes a second of the rows `hook-lag` and `hook-beside-hang`.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
    /// Webhooks among which the row `hook-deliveries` spreads its deliveries.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    webhooks: u32,
}

impl Effort {
    /// Gives how long and how hard a row is measured.
    pub(crate) fn settings(self) -> Settings {
        let time = Duration::from_secs(u64::from(self.seconds));
        Settings { time, rate: self.rate, webhooks: self.webhooks }
    }

    /// Gives how long the lists are.
    pub(crate) fn sizes(self) -> Sizes {
        Sizes { tags: self.tags, repositories: self.repositories }
    }
}

/// Measures a server that is running.
#[derive(Args, Debug)]
pub(crate) struct Run {
    /// The rows, such as `manifest-tag-c16`.
    #[arg(required = true)]
    pub(crate) rows: Vec<Row>,
    /// The server, as http://host:port.
    #[arg(long)]
    pub(crate) url: String,
    /// What the results call the server.
    #[arg(long, default_value = "server")]
    pub(crate) name: String,
    /// User, for Basic.
    #[arg(long, requires = "password")]
    pub(crate) user: Option<String>,
    /// Password of the user.
    #[arg(long, requires = "user", env = "BENCH_PASSWORD", hide_env_values = true)]
    pub(crate) password: Option<String>,
    /// Process of the server on this machine, whose CPU time and memory (its descendants' too) are told.
    #[arg(long)]
    pub(crate) pid: Option<u32>,
    /// Boathook's `credentials.json`: signs in with its user, and makes webhooks for the `hook` rows.
    #[arg(long)]
    pub(crate) credentials: Option<PathBuf>,
    /// Uses `--credentials` for webhooks only and pushes and pulls without signing in.
    #[arg(long, requires = "credentials")]
    pub(crate) anonymous: bool,
    /// The region in which webhooks are made.
    #[arg(long, default_value = "local")]
    pub(crate) location: String,
    /// The folder that a server of static files serves: what is to be read is written there.
    #[arg(long)]
    pub(crate) static_root: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) effort: Effort,
}

/// Where, how often and how long servers are measured that the bench itself starts.
#[derive(Args, Clone, Debug)]
pub(crate) struct Bed {
    /// Times that everything is measured; the medians are told, and the range.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: u32,
    /// Folder for the servers' data, on a real disk: where files live in memory, fsync costs nothing.
    #[arg(long, default_value = "/var/tmp")]
    pub(crate) scratch: PathBuf,
    /// Also appends every single measurement to this file, a line of JSON each.
    #[arg(long)]
    pub(crate) json: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) effort: Effort,
}

/// Measures Boathook beside its peers.
#[derive(Args, Debug)]
pub(crate) struct Compare {
    /// The `boathook` binary; without it the peers are measured alone.
    #[arg(long)]
    pub(crate) boathook: Option<PathBuf>,
    /// A PostgreSQL, as postgres://user:password@host:port/name: Boathook is measured on it as well, in databases that
    /// are made there and dropped again.
    #[arg(long, requires = "boathook")]
    pub(crate) database: Option<String>,
    /// The `docker-registry` binary.
    #[arg(long, default_value = "/usr/bin/docker-registry")]
    pub(crate) docker_registry: PathBuf,
    /// The `nginx` binary.
    #[arg(long, default_value = "/usr/sbin/nginx")]
    pub(crate) nginx: PathBuf,
    /// The rows, separated by commas; all standard rows by default.
    #[arg(long, value_delimiter = ',')]
    pub(crate) rows: Vec<Row>,
    #[command(flatten)]
    pub(crate) bed: Bed,
}

/// How far a Boathook is filled.
#[derive(Args, Clone, Debug)]
pub(crate) struct Filling {
    /// The levels, separated by commas; all of them by default.
    #[arg(long, value_delimiter = ',')]
    pub(crate) levels: Vec<Level>,
    /// Fills in only one in so many, to see that all works.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=100))]
    pub(crate) one_in: u64,
    /// Size of the one very large blob, in GiB; none if zero.
    #[arg(long, default_value_t = 10)]
    pub(crate) giant_gib: u32,
}

/// Measures a Boathook that is fuller and fuller.
#[derive(Args, Debug)]
pub(crate) struct Growth {
    /// The `boathook` binary.
    #[arg(long)]
    pub(crate) boathook: PathBuf,
    #[command(flatten)]
    pub(crate) filling: Filling,
    #[command(flatten)]
    pub(crate) bed: Bed,
}

/// Measures a Boathook that removes what is there.
#[derive(Args, Debug)]
pub(crate) struct Beside {
    /// The `boathook` binary.
    #[arg(long)]
    pub(crate) boathook: PathBuf,
    /// The parts, separated by commas; all of them by default.
    #[arg(long, value_delimiter = ',')]
    pub(crate) parts: Vec<Part>,
    /// Fills in only one in so many, to see that all works.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=100))]
    pub(crate) one_in: u64,
    #[command(flatten)]
    pub(crate) bed: Bed,
}

/// What is measured beside what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Part {
    /// Pushes beside a collection.
    Pushes,
    /// GETs beside the deletion of a repository.
    Gets,
    /// The memory of a whole collection.
    Memory,
}

/// Measures the pages of a Boathook that has much to show.
#[derive(Args, Debug)]
pub(crate) struct Portal {
    /// The `boathook` binary.
    #[arg(long)]
    pub(crate) boathook: PathBuf,
    /// Fills in only one in so many, to see that all works.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=100))]
    pub(crate) one_in: u64,
    #[command(flatten)]
    pub(crate) bed: Bed,
}

/// Measures all that `docs/benchmarks.md` tells, and prints it.
#[derive(Args, Debug)]
pub(crate) struct Paper {
    #[command(flatten)]
    pub(crate) compare: Compare,
    #[command(flatten)]
    pub(crate) filling: Filling,
}
