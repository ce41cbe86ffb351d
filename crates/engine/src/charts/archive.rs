//! What is in a chart's archive: read to its end, and never more of it kept than its `Chart.yaml`, or the beginnings of two
//! texts.
//!
//! The limits are Helm's own where it has any (`archive.MaxDecompressedChartSize`, `MaxDecompressedFileSize`). What Helm reads as something else than
//! it is, such as a link, which it takes for an empty file, is refused: nothing that it packages has any.

use boathook_wire::helm::metadata::{CHART_YAML_BYTES_MAX, ChartMetadata, InvalidMetadata};
use flate2::read::MultiGzDecoder;
use std::io::{self, Read};
use tar::{Archive, EntryType};

/// How many bytes an archive may expand to: 100 MiB.
pub const EXPANDED_BYTES_MAX: u64 = 100 * 1024 * 1024;
/// How many bytes a file in an archive may have: 5 MiB (`archive.MaxDecompressedFileSize`).
pub const FILE_BYTES_MAX: u64 = 5 * 1024 * 1024;
/// How many entries an archive may have.
pub const ARCHIVE_ENTRIES_MAX: usize = 10_000;
/// The longest path in an archive, in bytes.
pub const PATH_BYTES_MAX: usize = 4 * 1024;
/// How much of a text in an archive is shown, in bytes.
pub const TEXT_BYTES_MAX: usize = 128 * 1024;
/// How large an entry may be that describes the next one: paths and times.
const EXTENSION_BYTES_MAX: u64 = 64 * 1024;

/// Why bytes are no chart.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidArchive {
    /// They are no gzip, or there is something behind it.
    #[error("a chart is a tar archive compressed with gzip: {0}")]
    Broken(String),
    /// They expand to more than a chart may have.
    #[error("the chart expands to more than {EXPANDED_BYTES_MAX} bytes")]
    TooLarge,
    /// A file expands to too much.
    #[error("`{0}` in the chart has more than {FILE_BYTES_MAX} bytes, and Helm reads no such file")]
    FileTooLarge(String),
    /// A description says of the entry that follows that it has other bytes than its header says.
    #[error(
        "the archive has the PAX record `{0}`, which tells of files that are larger or have holes: package the chart with \
         `helm package`"
    )]
    Record(String),
    /// There are too many files.
    #[error("the chart has more than {ARCHIVE_ENTRIES_MAX} files and folders")]
    TooMany,
    /// A path is too long.
    #[error("a path in the chart has more than {PATH_BYTES_MAX} bytes")]
    PathTooLong,
    /// A path leads out of the chart.
    #[error("the chart has the path `{0}`, and paths have to lead into the chart's one folder")]
    Path(String),
    /// An entry is neither file nor folder.
    #[error(
        "`{0}` in the chart is a link, a device or something else that is no file and no folder"
    )]
    Kind(String),
    /// `Chart.yaml` is too large.
    #[error("`Chart.yaml` has more than {CHART_YAML_BYTES_MAX} bytes")]
    ChartYamlTooLarge,
    /// There is no `Chart.yaml` where it has to be.
    #[error("the archive has no `Chart.yaml` in a folder of the chart's name")]
    NoChartYaml,
    /// `Chart.yaml` is not what it should be.
    #[error(transparent)]
    Metadata(#[from] InvalidMetadata),
    /// The folder is not called as the chart is.
    #[error(
        "the archive's folder is `{folder}`, and the chart's name is `{name}`: they have to be the same"
    )]
    Folder {
        /// As the archive has it.
        folder: String,
        /// As `Chart.yaml` has it.
        name: String,
    },
    /// The file is not called as the chart is.
    #[error(
        "the file is called `{file}`, and by its `Chart.yaml` it has to be called `{expected}`"
    )]
    FileName {
        /// As it was pushed.
        file: String,
        /// As it has to be.
        expected: String,
    },
}

/// How much an archive may have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) expanded_bytes: u64,
    pub(super) entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { expanded_bytes: EXPANDED_BYTES_MAX, entries: ARCHIVE_ENTRIES_MAX }
    }
}

/// What a chart says to people, as far as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    /// `values.yaml`.
    pub values: Option<Text>,
    /// `README.md`.
    pub readme: Option<Text>,
}

/// The beginning of a file, [`TEXT_BYTES_MAX`] at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// It, with marks instead of what is no UTF-8.
    pub text: String,
    /// Whether there is more.
    pub is_cut: bool,
}

/// Reads an archive, which has to be called `file`. Blocks on the disk; fails only where that does.
pub(super) fn read(
    file: &str,
    compressed: impl Read,
    limits: Limits,
) -> io::Result<Result<ChartMetadata, InvalidArchive>> {
    read_all(file, compressed, limits, None)
}

/// Reads the texts of an archive, which has to be one as [`read`] takes it. Blocks on the disk; fails only where that does.
pub(super) fn texts(
    file: &str,
    compressed: impl Read,
    limits: Limits,
) -> io::Result<Result<Texts, InvalidArchive>> {
    let mut texts = Texts::default();
    let read = read_all(file, compressed, limits, Some(&mut texts))?;
    Ok(read.map(|_| texts))
}

fn read_all(
    file: &str,
    compressed: impl Read,
    limits: Limits,
    texts: Option<&mut Texts>,
) -> io::Result<Result<ChartMetadata, InvalidArchive>> {
    let mut source = Source { inner: compressed, failure: None };
    let read = read_from(file, &mut source, limits, texts);
    match source.failure {
        Some(failure) => Err(failure),
        None => Ok(read),
    }
}

fn read_from(
    file: &str,
    source: &mut Source<impl Read>,
    limits: Limits,
    texts: Option<&mut Texts>,
) -> Result<ChartMetadata, InvalidArchive> {
    let mut expanded = Bounded { inner: MultiGzDecoder::new(source), left: limits.expanded_bytes };
    let found = entries(&mut expanded, limits.entries, texts)?;
    // What follows the end of a tar archive is padding, and what follows gzip is not there.
    let mut rest = [0; 8 * 1024];
    loop {
        match expanded.read(&mut rest).map_err(|error| broken(&error))? {
            0 => break,
            len if rest[..len].iter().all(|&byte| byte == 0) => (),
            _ => {
                return Err(InvalidArchive::Broken("there is something behind its end".to_owned()));
            }
        }
    }
    let (folder, yaml) = found.ok_or(InvalidArchive::NoChartYaml)?;
    let metadata = ChartMetadata::parse(&yaml)?;
    if folder != metadata.name.as_str() {
        return Err(InvalidArchive::Folder { folder, name: metadata.name.to_string() });
    }
    let expected = metadata.file_name();
    if file != expected {
        return Err(InvalidArchive::FileName { file: file.to_owned(), expected });
    }
    Ok(metadata)
}

/// Goes through all entries; gives the folder and the content of `Chart.yaml`, and keeps texts where they are wanted.
fn entries(
    expanded: impl Read,
    entries_max: usize,
    mut texts: Option<&mut Texts>,
) -> Result<Option<(String, Vec<u8>)>, InvalidArchive> {
    let mut archive = Archive::new(expanded);
    let (mut found, mut long_path) = (None::<(String, Vec<u8>)>, None);
    // Raw, because else the library would gather descriptions of whatever size.
    let entries = archive.entries().map_err(|error| broken(&error))?.raw(true);
    for (idx, entry) in entries.enumerate() {
        if idx == entries_max {
            return Err(InvalidArchive::TooMany);
        }
        let mut entry = entry.map_err(|error| broken(&error))?;
        let kind = entry.header().entry_type();
        match kind {
            EntryType::XHeader | EntryType::GNULongName => {
                let extension = extension(&mut entry)?;
                let path = match kind {
                    EntryType::GNULongName => Some(until_nul(&extension).to_vec()),
                    _ => pax_path(&extension)?,
                };
                long_path = path.or(long_path);
                continue;
            }
            EntryType::XGlobalHeader => {
                pax_path(&extension(&mut entry)?)?;
                continue;
            }
            _ => (),
        }
        let path = long_path.take().unwrap_or_else(|| entry.path_bytes().into_owned());
        if PATH_BYTES_MAX < path.len() {
            return Err(InvalidArchive::PathTooLong);
        }
        let path = String::from_utf8_lossy(&path).into_owned();
        let is_file = matches!(kind, EntryType::Regular | EntryType::Continuous);
        if !is_file && kind != EntryType::Directory {
            return Err(InvalidArchive::Kind(path));
        }
        if FILE_BYTES_MAX < entry.size() {
            return Err(InvalidArchive::FileTooLarge(path));
        }
        let parts = parts(&path)?;
        if let [folder, "Chart.yaml"] = parts[..]
            && is_file
        {
            // As Helm does, the last one counts.
            found = Some((folder.to_owned(), chart_yaml(&mut entry)?));
        } else if is_file && parts.len() < 2 {
            return Err(InvalidArchive::Path(path));
        }
        if let (Some(texts), true, [_, name]) = (texts.as_deref_mut(), is_file, &parts[..]) {
            texts.keep(name, &mut entry)?;
        }
    }
    Ok(found)
}

impl Texts {
    /// Keeps the beginning of a file that people read.
    fn keep(&mut self, name: &str, entry: &mut impl Read) -> Result<(), InvalidArchive> {
        let kept = match name {
            "values.yaml" => &mut self.values,
            "README.md" => &mut self.readme,
            _ => return Ok(()),
        };
        let (mut bytes, limit) = (Vec::new(), TEXT_BYTES_MAX as u64 + 1);
        entry.take(limit).read_to_end(&mut bytes).map_err(|error| broken(&error))?;
        let is_cut = TEXT_BYTES_MAX < bytes.len();
        bytes.truncate(TEXT_BYTES_MAX);
        *kept = Some(Text { text: String::from_utf8_lossy(&bytes).into_owned(), is_cut });
        Ok(())
    }
}

/// The parts of a path that leads into a folder, whichever way its slashes lean.
fn parts(path: &str) -> Result<Vec<&str>, InvalidArchive> {
    let refused = || InvalidArchive::Path(path.to_owned());
    let has_drive =
        path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_alphabetic();
    if path.starts_with(['/', '\\']) || has_drive || path.contains('\0') {
        return Err(refused());
    }
    let parts: Vec<_> =
        path.split(['/', '\\']).filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.contains(&"..") { Err(refused()) } else { Ok(parts) }
}

fn chart_yaml(entry: &mut impl Read) -> Result<Vec<u8>, InvalidArchive> {
    let mut yaml = Vec::new();
    let limit = CHART_YAML_BYTES_MAX as u64 + 1;
    entry.take(limit).read_to_end(&mut yaml).map_err(|error| broken(&error))?;
    if CHART_YAML_BYTES_MAX < yaml.len() {
        return Err(InvalidArchive::ChartYamlTooLarge);
    }
    Ok(yaml)
}

/// What describes the next entry, or all that follow.
fn extension(entry: &mut impl Read) -> Result<Vec<u8>, InvalidArchive> {
    let mut bytes = Vec::new();
    entry.take(EXTENSION_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|error| broken(&error))?;
    if EXTENSION_BYTES_MAX < bytes.len() as u64 {
        return Err(InvalidArchive::PathTooLong);
    }
    Ok(bytes)
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// The path that a PAX header gives (POSIX.1-2001): records of `LENGTH KEY=VALUE` and a line's end. What would have Helm read
/// other bytes than are read here is refused.
fn pax_path(records: &[u8]) -> Result<Option<Vec<u8>>, InvalidArchive> {
    let mut path = None;
    for record in tar::PaxExtensions::new(records) {
        let record = record.map_err(|error| broken(&error))?;
        match record.key_bytes() {
            b"path" => path = Some(record.value_bytes().to_vec()),
            key if key == b"size" || key.starts_with(b"GNU.sparse.") => {
                return Err(InvalidArchive::Record(String::from_utf8_lossy(key).into_owned()));
            }
            _ => (),
        }
    }
    Ok(path)
}

/// What a reader of an archive complains of is the archive's fault, unless [`Source`] knows better.
fn broken(error: &io::Error) -> InvalidArchive {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Expanded>()) {
        Some(Expanded) => InvalidArchive::TooLarge,
        None => InvalidArchive::Broken(error.to_string()),
    }
}

/// There is more than there may be.
#[derive(Debug, thiserror::Error)]
#[error("it expands to more than it may")]
struct Expanded;

/// Gives so many bytes and no more.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(len as u64).ok_or_else(|| io::Error::other(Expanded))?;
        Ok(len)
    }
}

/// Remembers that the disk has failed, which is nobody's fault outside.
struct Source<R> {
    inner: R,
    failure: Option<io::Error>,
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer).inspect_err(|error| {
            if error.kind() != io::ErrorKind::Interrupted {
                self.failure = Some(io::Error::new(error.kind(), error.to_string()));
            }
        })
    }
}

#[cfg(test)]
mod tests;
