//! The question before something is deleted.

use crate::cli::failure::Failure;
use crate::cli::output::console::Console;

/// The flag that answers the question beforehand.
#[derive(clap::Args)]
pub(crate) struct ConfirmationArgs {
    /// Do not prompt for confirmation.
    #[arg(long, short)]
    yes: bool,
}

impl ConfirmationArgs {
    /// Says whether the question need not be asked.
    pub(crate) fn is_given(&self) -> bool {
        self.yes
    }

    /// Asks, unless the answer was given beforehand; goes on only with a yes.
    pub(crate) fn demand(&self, question: &str, console: &mut Console<'_>) -> Result<(), Failure> {
        if self.is_agreed(question, console)? {
            return Ok(());
        }
        Err(Failure::Argument("Operation cancelled.".to_owned()))
    }

    /// Asks, unless the answer was given beforehand; a no is an answer like any other.
    pub(crate) fn is_agreed(
        &self,
        question: &str,
        console: &mut Console<'_>,
    ) -> Result<bool, Failure> {
        if self.yes {
            return Ok(true);
        }
        console.ask(question).ok_or_else(|| {
            Failure::Argument(
                "Unable to prompt for confirmation as no tty available. Use --yes.".to_owned(),
            )
        })
    }
}
