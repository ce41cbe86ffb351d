//! Every single measurement of a run, shown as it comes.

use std::fs::File;
use std::io::{Write, stderr};

use anyhow::{Context, Result};

use crate::args::Bed;
use crate::stats::Measurement;

/// What has been measured so far.
pub(crate) struct Ledger<'a> {
    bed: &'a Bed,
    /// The measurements, in the order in which they were made.
    pub(crate) results: Vec<Measurement>,
}

impl<'a> Ledger<'a> {
    /// Begins an empty one.
    pub(crate) fn new(bed: &'a Bed) -> Self {
        Self { bed, results: Vec::new() }
    }

    /// Keeps a measurement, and shows it on standard error and in the file that was asked for.
    pub(crate) fn note(&mut self, round: usize, measurement: Measurement) -> Result<()> {
        let line = serde_json::to_string(&measurement)?;
        writeln!(stderr(), "round {} of {}: {line}", round + 1, self.bed.rounds)?;
        if let Some(path) = &self.bed.json {
            let mut file = File::options()
                .create(true)
                .append(true)
                .open(path)
                .with_context(|| format!("cannot write {}", path.display()))?;
            writeln!(file, "{line}")?;
        }
        self.results.push(measurement);
        Ok(())
    }

    /// Says whether nothing was answered wrongly.
    pub(crate) fn is_clean(&self) -> bool {
        self.results.iter().all(|result| result.errors == 0)
    }
}

/// Gives the things in the order of a round: in each round another one is the first, so that over the rounds no
/// figure is made by its place.
pub(crate) fn in_order_of<T: Clone>(things: &[T], round: usize, rounds: usize) -> Vec<T> {
    let mut order = things.to_vec();
    order.rotate_left(round * things.len() / rounds.max(1));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_each_round_another_part_comes_first() {
        let order = |round| in_order_of(&[1, 2, 3, 4, 5, 6, 7], round, 3);
        assert_eq!(order(0), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(order(1), [3, 4, 5, 6, 7, 1, 2]);
        assert_eq!(order(2), [5, 6, 7, 1, 2, 3, 4]);
        assert!(in_order_of::<u8>(&[], 1, 3).is_empty());
    }
}
