//! Flags that are true when they stand alone, and may be told to be false.

/// What such a flag says.
#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
pub(super) enum Toggle {
    True,
    False,
}

impl From<Toggle> for bool {
    fn from(toggle: Toggle) -> Self {
        toggle == Toggle::True
    }
}

/// Returns how a setting with two states is written in the management API.
pub(super) fn state(toggle: Toggle) -> &'static str {
    if toggle.into() { "Enabled" } else { "Disabled" }
}
