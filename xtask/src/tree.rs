//! The files of the repository, read once, so that the checks are functions from text to findings.
//!
//! It walks the folders instead of asking git, so that the tests also pass where there is no git.

use std::path::Path;

use anyhow::Context as _;

/// Every file that a commit could hold, in order of path.
pub(crate) struct Tree {
    files: Vec<File>,
}

/// One file.
pub(crate) struct File {
    /// Where it is, from the root of the workspace, with `/`.
    pub(crate) path: String,
    /// What is in it; empty if that is not text.
    pub(crate) text: String,
    /// How much is in it, in bytes.
    pub(crate) bytes: usize,
}

impl Tree {
    /// Reads all that is under `root` but git's own folder and what `.gitignore` names.
    pub(crate) fn read(root: &Path) -> anyhow::Result<Self> {
        let ignore =
            std::fs::read_to_string(root.join(".gitignore")).context("cannot read .gitignore")?;
        let ignored: Vec<&str> =
            ignore.lines().map(|line| line.trim_matches('/')).chain([".git"]).collect();
        let mut files = Vec::new();
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(root.join(&folder))? {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let path =
                    if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
                if ignored.iter().any(|pattern| matches(pattern, &name)) {
                    continue;
                }
                if entry.file_type()?.is_dir() {
                    folders.push(path);
                } else {
                    let content = std::fs::read(entry.path())
                        .with_context(|| format!("cannot read {path}"))?;
                    let bytes = content.len();
                    files.push(File {
                        path,
                        bytes,
                        text: String::from_utf8(content).unwrap_or_default(),
                    });
                }
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { files })
    }

    /// All files.
    pub(crate) fn files(&self) -> impl Iterator<Item = &File> {
        self.files.iter()
    }

    /// The files of Rust under a folder.
    pub(crate) fn rust_under(&self, folder: &str) -> impl Iterator<Item = &File> {
        let prefix = format!("{folder}/");
        self.files.iter().filter(move |file| file.is("rs") && file.path.starts_with(&prefix))
    }

    /// The file at a path.
    pub(crate) fn get(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// The number of the first line of a file that starts with `start`, or 1.
    pub(crate) fn line_of(&self, path: &str, start: &str) -> usize {
        let found =
            self.get(path).and_then(|file| file.lines().find(|(_, line)| line.starts_with(start)));
        found.map_or(1, |(number, _)| number)
    }

    /// A tree that a test makes up.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let file = |&(path, text): &(&str, &str)| File {
            path: path.to_owned(),
            text: text.to_owned(),
            bytes: text.len(),
        };
        Self { files: files.iter().map(file).collect() }
    }
}

impl File {
    /// Says whether the name ends in this extension, given without its dot.
    pub(crate) fn is(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|found| found == extension)
    }

    /// The lines with their numbers, from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

/// Says whether a pattern of `.gitignore` names a file: `name`, or `*` and how the name ends.
fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_prefix('*').map_or(pattern == name, |end| name.ends_with(end))
}
