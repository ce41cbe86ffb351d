//! Plots: bars that the server draws. Beside each there is a table that says the same in numbers.

use askama::Template;
use std::fmt::Write as _;

/// How high a plot is, and how much room each bar has.
const HEIGHT: u64 = 40;
const BAR_ROOM: usize = 12;

/// Bars beside each other, the highest as high as the plot.
#[derive(Template)]
#[template(path = "plot.html")]
pub(crate) struct Plot {
    label: String,
    width: usize,
    /// The bars of each colour, drawn by one path.
    paths: Vec<(Colour, String)>,
}

/// What a bar says by its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    /// It counts something.
    Plain,
    /// It went well.
    Good,
    /// It failed.
    Bad,
}

impl Colour {
    /// The class in the style sheet.
    fn class(self) -> &'static str {
        match self {
            Self::Plain => "fill",
            Self::Good => "good",
            Self::Bad => "bad",
        }
    }
}

/// The bar of an attempt. What took no time that can be told is an attempt nevertheless.
pub(crate) fn attempt<E>(duration_ms: u64, error: Option<&E>) -> (u64, Colour) {
    (duration_ms.max(1), if error.is_none() { Colour::Good } else { Colour::Bad })
}

impl Plot {
    /// A plot with room for `room` bars. Nothing has no bar; anything else can be seen.
    pub(crate) fn new(label: String, room: usize, bars: &[(u64, Colour)]) -> Self {
        let most = bars.iter().map(|(amount, _)| *amount).max().unwrap_or_default();
        let height = |amount: u64| {
            let height = u128::from(amount) * u128::from(HEIGHT) / u128::from(most.max(1));
            u64::try_from(height).unwrap_or(HEIGHT).max(amount.min(1))
        };
        let path = |colour: Colour| {
            let mut path = String::new();
            for (idx, (amount, of)) in bars.iter().enumerate() {
                if *of == colour && *amount != 0 {
                    let (x, height) = (idx * BAR_ROOM, height(*amount));
                    write!(path, "M{x} {HEIGHT}v-{height}h10v{height}z").expect("it is memory");
                }
            }
            (colour, path)
        };
        let paths = [Colour::Plain, Colour::Good, Colour::Bad].map(path);
        let paths = paths.into_iter().filter(|(_, path)| !path.is_empty()).collect();
        Self { label, width: room * BAR_ROOM, paths }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_bar_fills_the_plot_and_the_lowest_can_be_seen() {
        let bars = [0, 1, u64::MAX / 2 + 1, u64::MAX].map(|amount| (amount, Colour::Plain));
        let plot = Plot::new(String::new(), 5, &bars);
        let drawn = "M12 40v-1h10v1zM24 40v-20h10v20zM36 40v-40h10v40z".to_owned();
        assert_eq!(plot.paths, [(Colour::Plain, drawn)]);
        assert_eq!(plot.width, 60);
        assert!(Plot::new(String::new(), 1, &bars[..1]).paths.is_empty());
    }

    #[test]
    fn each_colour_is_a_path_of_its_own() {
        let bars = [(2, Colour::Good), (1, Colour::Bad), (2, Colour::Good)];
        let plot = Plot::new(String::new(), 3, &bars);
        let good = "M0 40v-40h10v40zM24 40v-40h10v40z".to_owned();
        assert_eq!(
            plot.paths,
            [(Colour::Good, good), (Colour::Bad, "M12 40v-20h10v20z".to_owned())]
        );
    }
}
