//! How a command of `acr` fails, in the words and with the exit codes of `az`.

use serde::Deserialize;

use super::query::QueryError;
use super::value::Value;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The server said no.
    #[error("{}", .0.message())]
    Refused(Refusal),
    /// The server said no when it was asked for what a flag is by default, which counts as wrong usage.
    #[error("{}", .0.message())]
    NoDefault(Refusal),
    /// A registry said no; `is_shown` where the command only shows what is not there.
    #[error("{message}")]
    Content { status: u16, message: String, is_shown: bool },
    /// The server could not be asked, or its answer could not be read.
    #[error("could not reach {endpoint}: {cause}")]
    Unreachable { endpoint: String, cause: String },
    /// The query asks of the answer what it cannot give.
    #[error(
        "{0}\nTo learn more about --query, please visit: 'https://learn.microsoft.com/cli/azure/query-azure-cli'"
    )]
    Query(#[from] QueryError),
    /// The arguments are well-formed, but make no sense.
    #[error("{0}")]
    Argument(String),
    /// Something on this machine is missing or broken, such as the way to sign in.
    #[error("{0:#}")]
    Local(#[from] anyhow::Error),
}

impl Failure {
    /// Returns the exit code: 2 for wrong usage, 3 for what does not exist, 1 for any other failure.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::NoDefault(_) => 2,
            Self::Refused(Refusal { status: 404, .. })
            | Self::Content { status: 404, is_shown: true, .. } => 3,
            _ => 1,
        }
    }

    /// Tells apart what is not there to be shown, which has an exit code of its own, from what cannot be changed.
    #[must_use]
    pub(crate) fn of_show(self) -> Self {
        match self {
            Self::Content { status, message, .. } => {
                Self::Content { status, message, is_shown: true }
            }
            other => other,
        }
    }

    /// Returns what to do about it, where that is known.
    pub(crate) fn advice(&self) -> Option<&'static str> {
        match self {
            Self::Refused(refusal) if refusal.status == 401 => Some(
                "Sign in again with `boathook login`, or check BOATHOOK_CLIENT_SECRET or the folder of `--data`.",
            ),
            _ => None,
        }
    }
}

/// An answer that is not a success.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) error: Option<ArmError>,
}

/// The body of a refusal, as Azure Resource Manager shapes it.
#[derive(Debug, Deserialize)]
pub(crate) struct ArmError {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) target: Option<String>,
}

impl Refusal {
    /// Reads the refusal out of an answer's body.
    pub(crate) fn new(status: u16, reason: &str, body: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Body {
            error: ArmError,
        }
        let error = serde_json::from_slice(body).ok().map(|body: Body| body.error);
        Self { status, reason: reason.to_owned(), error }
    }

    /// Reads the refusal out of the state of work that failed after its request had been accepted.
    pub(crate) fn of_operation(state: &Value) -> Self {
        let text = |name: &str| state.at(&["error", name]).as_str().map(str::to_owned);
        let status = state.member("status").as_str().unwrap_or_default();
        Self {
            status: 200,
            reason: status.to_owned(),
            error: text("code").map(|code| ArmError {
                code,
                message: text("message").unwrap_or_default(),
                target: text("target"),
            }),
        }
    }

    fn message(&self) -> String {
        let Some(ArmError { code, message, target }) = &self.error else {
            return format!("Operation returned an invalid status '{}'", self.reason);
        };
        let target =
            target.as_ref().map(|target| format!("\nTarget: {target}")).unwrap_or_default();
        format!("({code}) {message}\nCode: {code}\nMessage: {message}{target}")
    }
}
