//! The folder that a server keeps its keys and its credentials in, for its owner's eyes alone.
//!
//! ```text
//! DIR/                     0700, if it is made here
//! DIR/credentials.json     0600, how to sign in
//! DIR/credentials.json.first  the same, until the database has the hashes of what it says
//! DIR/keys/token.key       0600, 32 bytes: tokens are signed with it
//! DIR/keys/seal.key        0600, 32 bytes: secrets in the database are sealed with it
//! DIR/tls/ca.key           0600, the local authority's key, with HTTPS from it
//! DIR/tls/ca.pem           0644, its certificate, which clients are told to trust
//! DIR/boathook.db, blobs/  unless the configuration keeps them elsewhere
//! ```
//!
//! A file here is whole or not there: it is written aside under a name of its own, flushed, put in its place, and its
//! folder flushed. What is made once is put there only if nothing is there yet, and then read like any other: servers
//! that start for the first time at the same moment come away with the same key.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use boathook_core::id::Ids;
use boathook_engine::auth::Credentials;
use tempfile::NamedTempFile;

/// The length of a key, in bytes.
pub(crate) const KEY_BYTES: usize = 32;
const CREDENTIALS_FILE: &str = "credentials.json";
/// What is to become the credentials, as soon as the database knows them.
const FIRST_CREDENTIALS_FILE: &str = "credentials.json.first";
/// Permissions of others, none of which a key may grant.
const OTHERS: u32 = 0o077;
/// Who may read what is made here, unless it is for everyone: its owner.
const PRIVATE: u32 = 0o600;
/// Who may read what is no secret.
const PUBLIC: u32 = 0o644;

/// A server's own folder.
pub(crate) struct DataFolder {
    path: PathBuf,
}

/// One of the keys of a server.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Key {
    /// What tokens are signed with.
    Token,
    /// What secrets at rest are sealed with.
    Seal,
}

impl DataFolder {
    /// Opens the folder, which is made if it is not there.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let folder = Self { path: path.to_owned() };
        for made in [folder.path.clone(), folder.keys()] {
            let create = DirBuilder::new().recursive(true).mode(0o700).create(&made);
            create.with_context(|| format!("could not make the folder `{}`", made.display()))?;
        }
        Ok(folder)
    }

    /// Where the database is, unless it is elsewhere.
    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("boathook.db")
    }

    /// Where the blobs are, unless they are elsewhere.
    pub(crate) fn blobs(&self) -> PathBuf {
        self.path.join("blobs")
    }

    /// Where the credentials are.
    pub(crate) fn credentials_path(&self) -> PathBuf {
        self.path.join(CREDENTIALS_FILE)
    }

    /// Reads a key, which is made the first time.
    pub(crate) fn key(&self, key: Key, ids: &dyn Ids) -> anyhow::Result<[u8; KEY_BYTES]> {
        let path = self.key_path(key);
        if let Some(key) = read_key(&path)? {
            return Ok(key);
        }
        let mut bytes = [0; KEY_BYTES];
        ids.fill(&mut bytes);
        make(&path, &bytes, PRIVATE)?;
        read_key(&path)?.with_context(|| format!("`{}` was removed at once", path.display()))
    }

    /// Where a key is kept.
    pub(crate) fn key_path(&self, key: Key) -> PathBuf {
        self.keys().join(match key {
            Key::Token => "token.key",
            Key::Seal => "seal.key",
        })
    }

    /// Reads the local authority's key, which `new` makes the first time.
    pub(crate) fn authority_key(&self, new: impl FnOnce() -> String) -> anyhow::Result<Vec<u8>> {
        let folder = self.path.join("tls");
        let create = DirBuilder::new().recursive(true).mode(0o700).create(&folder);
        create.with_context(|| format!("could not make the folder `{}`", folder.display()))?;
        let path = folder.join("ca.key");
        let key = read_or_make(&path, PRIVATE, new)?;
        ensure_private(&path)?;
        Ok(key)
    }

    /// Reads the local authority's certificate, which `new` makes the first time.
    pub(crate) fn authority_certificate(
        &self,
        new: impl FnOnce() -> String,
    ) -> anyhow::Result<Vec<u8>> {
        read_or_make(&self.authority_path(), PUBLIC, new)
    }

    /// Where the local authority's certificate is.
    pub(crate) fn authority_path(&self) -> PathBuf {
        self.path.join("tls").join("ca.pem")
    }

    /// Reads the credentials, if there are any yet.
    pub(crate) fn credentials(&self) -> anyhow::Result<Option<Credentials>> {
        read_credentials(&self.credentials_path())
    }

    /// Writes the credentials, whole or not at all. Those that were to become the first are done with.
    pub(crate) fn keep_credentials(&self, credentials: &Credentials) -> anyhow::Result<()> {
        replace(&self.credentials_path(), &to_text(credentials))?;
        self.drop_first_credentials()
    }

    /// Reads what is to become the first credentials, if a start has got as far as that.
    pub(crate) fn first_credentials(&self) -> anyhow::Result<Option<Credentials>> {
        read_credentials(&self.first_credentials_path())
    }

    /// Writes down what is to become the first credentials. Where another start was quicker, what that one wrote
    /// stays.
    pub(crate) fn make_first_credentials(&self, credentials: &Credentials) -> anyhow::Result<()> {
        make(&self.first_credentials_path(), &to_text(credentials), PRIVATE)
    }

    /// Forgets what was to become the first credentials.
    pub(crate) fn drop_first_credentials(&self) -> anyhow::Result<()> {
        let path = self.first_credentials_path();
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).with_context(|| format!("could not remove `{}`", path.display()))
            }
            _ => Ok(()),
        }
    }

    fn first_credentials_path(&self) -> PathBuf {
        self.path.join(FIRST_CREDENTIALS_FILE)
    }

    fn keys(&self) -> PathBuf {
        self.path.join("keys")
    }
}

fn read_key(path: &Path) -> anyhow::Result<Option<[u8; KEY_BYTES]>> {
    let Some(bytes) = read(path)? else { return Ok(None) };
    ensure_private(path)?;
    let length = bytes.len();
    let key = <[u8; KEY_BYTES]>::try_from(bytes).ok().with_context(|| {
        let name = path.display();
        format!("`{name}` has {length} bytes, but a key has {KEY_BYTES}: restore it from a backup")
    });
    key.map(Some)
}

fn ensure_private(path: &Path) -> anyhow::Result<()> {
    let name = path.display();
    let mode = fs::metadata(path).with_context(|| format!("could not read `{name}`"))?;
    let mode = mode.permissions().mode() & 0o777;
    ensure!(
        mode & OTHERS == 0,
        "`{name}` may be used by others than its owner (mode {mode:04o}), but it is a key: `chmod 600 {name}`"
    );
    Ok(())
}

fn read_or_make(path: &Path, mode: u32, new: impl FnOnce() -> String) -> anyhow::Result<Vec<u8>> {
    if let Some(bytes) = read(path)? {
        return Ok(bytes);
    }
    make(path, new().as_bytes(), mode)?;
    read(path)?.with_context(|| format!("`{}` was removed at once", path.display()))
}

fn read(path: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("could not read `{}`", path.display())),
    }
}

fn read_credentials(path: &Path) -> anyhow::Result<Option<Credentials>> {
    let Some(text) = read(path)? else { return Ok(None) };
    let credentials = serde_json::from_slice(&text).with_context(|| {
        format!(
            "`{}` is not what boathook wrote there: restore it, or remove it if its secrets are known elsewhere",
            path.display()
        )
    });
    credentials.map(Some)
}

fn to_text(credentials: &Credentials) -> Vec<u8> {
    let text = serde_json::to_vec_pretty(credentials);
    let mut text = text.expect("because credentials hold nothing but texts");
    text.push(b'\n');
    text
}

/// Puts a file where none is yet, whole. If there is one by then, it stays.
fn make(path: &Path, bytes: &[u8], mode: u32) -> anyhow::Result<()> {
    let put = || match aside(path, bytes, mode)?.persist_noclobber(path) {
        Err(error) if error.error.kind() != ErrorKind::AlreadyExists => Err(error.error),
        _ => sync_folder_of(path),
    };
    put().with_context(|| format!("could not write `{}`", path.display()))
}

/// Puts a file in the place of another or of none, whole, for its owner alone.
fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let put = || {
        aside(path, bytes, PRIVATE)?.persist(path)?;
        sync_folder_of(path)
    };
    put().with_context(|| format!("could not write `{}`", path.display()))
}

/// Writes a file that nobody else writes to, next to where it will be.
fn aside(path: &Path, bytes: &[u8], mode: u32) -> io::Result<NamedTempFile> {
    let name = path.file_name().expect("because the path is that of a file");
    let mut aside =
        tempfile::Builder::new().prefix(name).suffix(".new").tempfile_in(folder_of(path))?;
    aside.write_all(bytes)?;
    // It was made for its owner alone.
    aside.as_file().set_permissions(Permissions::from_mode(mode))?;
    aside.as_file().sync_all()?;
    Ok(aside)
}

fn sync_folder_of(path: &Path) -> io::Result<()> {
    File::open(folder_of(path))?.sync_all()
}

fn folder_of(path: &Path) -> &Path {
    path.parent().expect("because the file is in the data folder")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Barrier;
    use std::thread;

    use boathook_engine::system::SystemIds;

    use super::*;

    /// How many servers start at a time, and how often.
    const STARTS: usize = 4;
    const ROUNDS: usize = 20;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn credentials() -> Credentials {
        serde_json::from_str(
            r#"{"registry": "boathook", "loginServer": "localhost:5000", "username": "boathook",
                "passwords": ["a", "b"], "subscriptionId": "s", "tenantId": "t", "resourceGroup": "g", "clientId": "c",
                "clientSecret": "kept", "endpoint": "http://127.0.0.1:5000", "caCertificate": null}"#,
        )
        .unwrap()
    }

    #[test]
    fn what_is_made_is_for_its_owner_alone() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("new").join("data");
        let folder = DataFolder::open(&path).unwrap();
        folder.key(Key::Seal, &SystemIds).unwrap();
        folder.keep_credentials(&credentials()).unwrap();
        folder.authority_key(|| "key".to_owned()).unwrap();
        folder.authority_certificate(|| "certificate".to_owned()).unwrap();
        for (made, expected) in [
            ("", 0o700),
            ("keys", 0o700),
            ("keys/seal.key", 0o600),
            ("credentials.json", 0o600),
            ("tls", 0o700),
            ("tls/ca.key", 0o600),
            ("tls/ca.pem", 0o644),
        ] {
            assert_eq!(mode(&path.join(made)), expected, "{made}");
        }
    }

    #[test]
    fn a_key_is_made_once_and_no_two_are_alike() {
        let root = tempfile::tempdir().unwrap();
        let keys = || {
            let folder = DataFolder::open(root.path()).unwrap();
            [Key::Token, Key::Seal].map(|key| folder.key(key, &SystemIds).unwrap())
        };
        let [token, seal] = keys();
        assert_ne!(token, seal);
        assert_eq!(keys(), [token, seal]);
    }

    #[test]
    fn servers_that_start_at_the_same_moment_get_the_same_key() {
        for _ in 0..ROUNDS {
            let root = tempfile::tempdir().unwrap();
            let all_at_once = Barrier::new(STARTS);
            let keys = thread::scope(|scope| {
                let start = || {
                    let folder = DataFolder::open(root.path()).unwrap();
                    all_at_once.wait();
                    folder.key(Key::Token, &SystemIds).unwrap()
                };
                let starts: Vec<_> = (0..STARTS).map(|_| scope.spawn(start)).collect();
                starts.into_iter().map(|start| start.join().unwrap()).collect::<HashSet<_>>()
            });
            let kept = fs::read(root.path().join("keys/token.key")).unwrap();
            assert_eq!(keys, HashSet::from([<[u8; KEY_BYTES]>::try_from(kept).unwrap()]));
            assert_eq!(fs::read_dir(root.path().join("keys")).unwrap().count(), 1);
        }
    }

    #[test]
    fn servers_that_start_at_the_same_moment_get_the_same_authority() {
        for _ in 0..ROUNDS {
            let root = tempfile::tempdir().unwrap();
            let all_at_once = Barrier::new(STARTS);
            let authorities = thread::scope(|scope| {
                let start = |number: usize| {
                    let folder = DataFolder::open(root.path()).unwrap();
                    all_at_once.wait();
                    let key = folder.authority_key(|| format!("key {number}")).unwrap();
                    let of_key = || format!("certificate of {}", key.escape_ascii());
                    (folder.authority_certificate(of_key).unwrap(), key)
                };
                let starts: Vec<_> =
                    (0..STARTS).map(|number| scope.spawn(move || start(number))).collect();
                starts.into_iter().map(|start| start.join().unwrap()).collect::<HashSet<_>>()
            });
            let kept = |name: &str| fs::read(root.path().join("tls").join(name)).unwrap();
            assert_eq!(authorities, HashSet::from([(kept("ca.pem"), kept("ca.key"))]));
            assert_eq!(fs::read_dir(root.path().join("tls")).unwrap().count(), 2);
        }
    }

    #[test]
    fn the_authoritys_key_is_refused_where_others_may_read_it() {
        let root = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(root.path()).unwrap();
        folder.authority_key(|| "key".to_owned()).unwrap();
        let path = root.path().join("tls/ca.key");
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        let refusal = folder.authority_key(|| "another".to_owned()).unwrap_err().to_string();
        assert!(refusal.contains("(mode 0644)"), "{refusal}");
    }

    #[test]
    fn the_first_credentials_are_those_of_whoever_was_first() {
        let root = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(root.path()).unwrap();
        assert!(folder.first_credentials().unwrap().is_none());
        folder.make_first_credentials(&credentials()).unwrap();
        let later = Credentials { client_secret: "later".to_owned(), ..credentials() };
        folder.make_first_credentials(&later).unwrap();
        assert_eq!(folder.first_credentials().unwrap().unwrap().client_secret, "kept");
        assert_eq!(mode(&root.path().join("credentials.json.first")), 0o600);
        assert!(folder.credentials().unwrap().is_none());
        folder.keep_credentials(&credentials()).unwrap();
        assert!(folder.first_credentials().unwrap().is_none());
    }

    #[test]
    fn a_key_that_is_cut_or_open_to_others_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(root.path()).unwrap();
        folder.key(Key::Seal, &SystemIds).unwrap();
        let path = root.path().join("keys/seal.key");
        let refusal = || folder.key(Key::Seal, &SystemIds).unwrap_err().to_string();

        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(refusal().contains("(mode 0640)"), "{}", refusal());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        assert!(folder.key(Key::Seal, &SystemIds).is_ok());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, [7; 31]).unwrap();
        assert!(refusal().contains("has 31 bytes"), "{}", refusal());
    }

    #[test]
    fn credentials_are_read_as_they_were_kept() {
        let root = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(root.path()).unwrap();
        assert!(folder.credentials().unwrap().is_none());
        folder.keep_credentials(&credentials()).unwrap();
        assert_eq!(folder.credentials().unwrap().unwrap().client_secret, "kept");
        fs::write(folder.credentials_path(), "{").unwrap();
        assert!(folder.credentials().is_err());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().join("data");
        let error = DataFolder::open(&path).err().unwrap();
        assert!(format!("{error:#}").contains(path.to_str().unwrap()), "{error:#}");
    }
}
