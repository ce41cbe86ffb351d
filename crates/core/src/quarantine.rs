//! The quarantine: what is held back until somebody has looked at it (`acr-facts` §6).

mod details;

pub use details::{Details, InvalidDetails};

use crate::event::Action;
use crate::media_type::HELM_CHART;
use crate::policy::Status;
use std::fmt;
use std::str::FromStr;

/// How a manifest stands. One that nobody has judged, and that was pushed while there was no policy, has no state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It was pushed under the policy, and waits.
    Quarantined,
    /// Somebody has let it out.
    Passed,
    /// Somebody has seen to it that it stays.
    Failed,
}

impl State {
    /// ACR's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Quarantined => "Quarantined",
            Self::Passed => "Passed",
            Self::Failed => "Failed",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text is no state.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("a state is `Quarantined`, `Passed` or `Failed`")]
pub struct UnknownState;

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Quarantined, Self::Passed, Self::Failed]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(UnknownState)
    }
}

/// What somebody says of a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may be pulled.
    Passed,
    /// It may not.
    Failed,
}

impl From<Verdict> for State {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Passed => Self::Passed,
            Verdict::Failed => Self::Failed,
        }
    }
}

/// A text is no verdict.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "`quarantineState` is `Passed` or `Failed`: only a push makes something `Quarantined`, and `Failed` holds it back \
     just as well"
)]
pub struct InvalidVerdict;

impl FromStr for Verdict {
    type Err = InvalidVerdict;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "Passed" => Ok(Self::Passed),
            "Failed" => Ok(Self::Failed),
            _ => Err(InvalidVerdict),
        }
    }
}

/// What somebody sees of what a repository holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Everything.
    Everything,
    /// What has passed.
    Passed,
}

impl Sight {
    /// What somebody sees under a policy who may, or may not, see what is held back.
    pub fn of(policy: Status, may_see_held: bool) -> Self {
        if policy == Status::Disabled || may_see_held { Self::Everything } else { Self::Passed }
    }

    /// Says whether a manifest of this state is seen.
    pub fn shows(self, state: Option<State>) -> bool {
        match self {
            Self::Everything => true,
            Self::Passed => state == Some(State::Passed),
        }
    }
}

/// Says whether a manifest is held back. Under the policy only what has passed is not.
pub fn is_held(policy: Status, state: Option<State>) -> bool {
    !Sight::of(policy, false).shows(state)
}

/// The state that a manifest has which was not there before. The quarantine is for images, as ACR has it: a chart of the
/// classic Helm repository has passed, because there is no event that would tell of one that is held back.
pub fn on_arrival(policy: Status, media_type: &str) -> Option<State> {
    match policy {
        _ if media_type == HELM_CHART => Some(State::Passed),
        Status::Enabled => Some(State::Quarantined),
        Status::Disabled => None,
    }
}

/// Says whether a push that leads to a manifest of this state announces `action`: what is held back only that it is there
/// to be judged, what has passed only that it is there, and without the policy everything is both.
pub fn is_announced(policy: Status, state: Option<State>, action: Action) -> bool {
    match action {
        Action::Push => !is_held(policy, state),
        Action::Quarantine => policy == Status::Disabled || is_held(policy, state),
        Action::Delete
        | Action::ChartPush
        | Action::ChartDelete
        | Action::Ping
        | Action::Extra(_) => true,
    }
}

/// Says whether a verdict lets out what was held back, so that its push is announced at last.
pub fn is_let_out(policy: Status, before: Option<State>, after: Option<State>) -> bool {
    is_held(policy, before) && !is_held(policy, after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media_type::OCI_MANIFEST;
    use Status::{Disabled, Enabled};

    const STATES: [Option<State>; 4] =
        [None, Some(State::Quarantined), Some(State::Passed), Some(State::Failed)];

    #[track_caller]
    fn check_push(policy: Status, state: Option<State>, is_held_back: bool, actions: &[Action]) {
        assert_eq!(is_held(policy, state), is_held_back, "{policy:?} {state:?}");
        let mut announced = vec![Action::Quarantine, Action::Push];
        announced.retain(|action| is_announced(policy, state, *action));
        assert_eq!(announced, actions, "{policy:?} {state:?}");
    }

    #[test]
    fn only_what_has_passed_is_not_held_back_under_the_policy() {
        for state in STATES {
            check_push(Disabled, state, false, &[Action::Quarantine, Action::Push]);
        }
        check_push(Enabled, None, true, &[Action::Quarantine]);
        check_push(Enabled, Some(State::Quarantined), true, &[Action::Quarantine]);
        check_push(Enabled, Some(State::Failed), true, &[Action::Quarantine]);
        check_push(Enabled, Some(State::Passed), false, &[Action::Push]);
        assert_eq!(on_arrival(Enabled, OCI_MANIFEST), Some(State::Quarantined));
        assert_eq!(on_arrival(Disabled, OCI_MANIFEST), None);
        for policy in [Enabled, Disabled] {
            let on_arrival = on_arrival(policy, HELM_CHART);
            assert!(!is_held(Enabled, on_arrival), "{policy:?}: a chart is never held back");
        }
    }

    #[test]
    fn who_may_see_what_is_held_back_sees_everything() {
        for state in STATES {
            assert!(Sight::of(Enabled, true).shows(state));
            assert!(Sight::of(Disabled, false).shows(state));
        }
    }

    #[test]
    fn only_a_push_and_its_quarantine_depend_on_the_policy() {
        for (policy, state) in [Enabled, Disabled].into_iter().zip(STATES) {
            for action in [Action::Delete, Action::ChartPush, Action::ChartDelete, Action::Ping] {
                assert!(is_announced(policy, state, action), "{action}");
            }
        }
    }

    #[test]
    fn what_is_let_out_was_held_back_before_and_is_not_any_more() {
        for before in STATES {
            for after in STATES {
                let is_out = before != Some(State::Passed) && after == Some(State::Passed);
                assert_eq!(is_let_out(Enabled, before, after), is_out, "{before:?} {after:?}");
                assert!(!is_let_out(Disabled, before, after), "{before:?} {after:?}");
            }
        }
    }

    #[test]
    fn words_are_acrs_letter_for_letter() {
        for state in STATES.into_iter().flatten() {
            assert_eq!(state.to_string().parse(), Ok(state));
            let verdict = state.as_str().parse::<Verdict>().ok();
            let expected = (state != State::Quarantined).then_some(state);
            assert_eq!(verdict.map(State::from), expected);
        }
        for bad in ["", "passed", "PASSED", "Pass", "Quarantined ", "Unknown"] {
            assert_eq!(bad.parse::<State>(), Err(UnknownState), "{bad:?}");
            assert_eq!(bad.parse::<Verdict>(), Err(InvalidVerdict), "{bad:?}");
        }
    }
}
