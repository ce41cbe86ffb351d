//! The two streams that a command writes to, and what it may show on them.

use std::io::{self, ErrorKind, IsTerminal, Write};

/// Where answers and complaints go.
pub(crate) struct Console<'a> {
    out: &'a mut (dyn Write + Send),
    err: &'a mut (dyn Write + Send),
    /// Answers go to a terminal, which shows colours.
    pub(crate) is_coloured: bool,
    /// Complaints go to a terminal, which shows progress.
    pub(crate) shows_progress: bool,
    /// Warnings are shown, and not only errors.
    pub(crate) shows_warnings: bool,
}

impl<'a> Console<'a> {
    /// Writes to the program's own streams, given by the caller; colours and progress only on a terminal.
    pub(crate) fn of_process(
        out: &'a mut (dyn Write + Send),
        err: &'a mut (dyn Write + Send),
    ) -> Self {
        let is_coloured = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self {
            out,
            err,
            is_coloured,
            shows_progress: io::stderr().is_terminal(),
            shows_warnings: true,
        }
    }

    /// Writes to buffers.
    pub(crate) fn of_buffers(
        out: &'a mut Vec<u8>,
        err: &'a mut Vec<u8>,
        is_coloured: bool,
    ) -> Self {
        Self { out, err, is_coloured, shows_progress: false, shows_warnings: true }
    }

    /// Writes an answer. A reader that went away is no error: it has seen what it wanted.
    pub(crate) fn answer(&mut self, text: &str) -> io::Result<()> {
        self.is_read(text).map(|_| ())
    }

    /// Writes part of an answer that goes on, and says whether there is still a reader.
    pub(crate) fn is_read(&mut self, text: &str) -> io::Result<bool> {
        let written = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
        match written {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Writes a line for the person at the keyboard. Nobody can be told when this fails.
    pub(crate) fn say(&mut self, line: &str) {
        drop(writeln!(self.err, "{line}"));
    }

    /// Warns the person at the keyboard, unless they asked for errors only.
    pub(crate) fn warn(&mut self, warning: &str) {
        if self.shows_warnings {
            self.say(&format!("WARNING: {warning}"));
        }
    }

    /// Writes over the current line, without ending it.
    pub(crate) fn overwrite(&mut self, text: &str) {
        drop(write!(self.err, "\r\x1b[K{text}").and_then(|()| self.err.flush()));
    }
}
