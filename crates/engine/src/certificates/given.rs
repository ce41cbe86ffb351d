//! A certificate that somebody else has issued, in files that may be replaced while the server runs.

use super::pem::read_certificates;
use crate::supervisor::Supervisor;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// How often the files are looked at.
const LOOK_PAUSE: Duration = Duration::from_mins(1);

/// A certificate from files, good for whatever name it is good for.
///
/// The files are looked at once a minute, because those who renew certificates replace files and have nobody to tell.
/// What cannot be used is not used: half of a replacement is such a thing, and the next look finds the rest.
pub struct GivenCertificate {
    certificate_path: PathBuf,
    key_path: PathBuf,
    current: RwLock<Arc<CertifiedKey>>,
}

/// Why files do not hold a certificate and its key.
#[derive(Debug, thiserror::Error)]
pub enum Ungiven {
    /// A file cannot be read.
    #[error("`{path}` cannot be read: {cause}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The first file has no certificates, or something else.
    #[error("`{0}` is no chain of certificates in PEM, the server's own first")]
    Certificate(PathBuf),
    /// The second file has no key.
    #[error("`{0}` is no private key in PEM")]
    Key(PathBuf),
    /// The key is not that of the certificate.
    #[error("the key in `{key}` is not that of the first certificate in `{certificate}`")]
    Strangers {
        /// Where the key is.
        key: PathBuf,
        /// Where the certificate is.
        certificate: PathBuf,
    },
}

/// What the two files hold.
#[derive(PartialEq, Eq)]
struct Files {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl GivenCertificate {
    /// Reads the files.
    pub async fn open(certificate_path: &Path, key_path: &Path) -> Result<Self, Ungiven> {
        let (certificate_path, key_path) = (certificate_path.to_owned(), key_path.to_owned());
        let files = read(&certificate_path, &key_path).await?;
        let current = files.certified(&certificate_path, &key_path)?;
        Ok(Self { certificate_path, key_path, current: RwLock::new(Arc::new(current)) })
    }

    /// Looks at the files until the server stops.
    pub fn watch(self: Arc<Self>, supervisor: &Supervisor) {
        let own = supervisor.clone();
        supervisor.spawn(async move {
            let mut seen = None;
            while !own.is_stopping() {
                self.look(&mut seen).await;
                own.pause(LOOK_PAUSE).await;
            }
        });
    }

    /// Takes what the files hold, if it is not what they held when they were last looked at. What is wrong is said once.
    async fn look(&self, seen: &mut Option<Result<Files, String>>) {
        let read = read(&self.certificate_path, &self.key_path).await;
        let read = read.map_err(|error| error.to_string());
        if seen.as_ref() == Some(&read) {
            return;
        }
        let certified = match &read {
            Ok(files) => files
                .certified(&self.certificate_path, &self.key_path)
                .map_err(|error| error.to_string()),
            Err(error) => Err(error.clone()),
        };
        match certified {
            Ok(certified) => {
                let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
                if current.cert != certified.cert {
                    tracing::info!(
                        "HTTPS has a new certificate, from `{}`",
                        self.certificate_path.display()
                    );
                }
                *current = Arc::new(certified);
            }
            Err(error) => {
                tracing::warn!(error, "the certificate of HTTPS stays as it was");
            }
        }
        *seen = Some(read);
    }

    fn current(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ResolvesServerCert for GivenCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

/// Hides the key.
impl fmt::Debug for GivenCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GivenCertificate")
            .field("certificate_path", &self.certificate_path)
            .finish_non_exhaustive()
    }
}

async fn read(certificate_path: &Path, key_path: &Path) -> Result<Files, Ungiven> {
    let file = async |path: &Path| {
        let read = tokio::fs::read(path).await;
        read.map_err(|cause| Ungiven::Unreadable { path: path.to_owned(), cause })
    };
    Ok(Files { certificate: file(certificate_path).await?, key: file(key_path).await? })
}

impl Files {
    fn certified(&self, certificate: &Path, key: &Path) -> Result<CertifiedKey, Ungiven> {
        let chain = read_certificates(&self.certificate);
        let chain = chain.ok_or_else(|| Ungiven::Certificate(certificate.to_owned()))?;
        let signing = PrivateKeyDer::from_pem_slice(&self.key).ok();
        let signing = signing.and_then(|der| aws_lc_rs::sign::any_supported_type(&der).ok());
        let signing = signing.ok_or_else(|| Ungiven::Key(key.to_owned()))?;
        let certified = CertifiedKey::new(chain, signing);
        match certified.keys_match() {
            Ok(()) => Ok(certified),
            Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::KeyMismatch)) => {
                Err(Ungiven::Strangers { key: key.to_owned(), certificate: certificate.to_owned() })
            }
            Err(_) => Err(Ungiven::Certificate(certificate.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificates::{certify, new_key};
    use boathook_core::time::Timestamp;

    fn pair() -> (String, String) {
        let key = new_key();
        let now = Timestamp(1_790_000_000_000);
        (certify(key.as_bytes(), "example.com", now).unwrap(), key)
    }

    struct Folder {
        folder: tempfile::TempDir,
    }

    impl Folder {
        fn with((certificate, key): &(String, String)) -> Self {
            let folder = Self { folder: tempfile::tempdir().unwrap() };
            std::fs::write(folder.certificate(), certificate).unwrap();
            std::fs::write(folder.key(), key).unwrap();
            folder
        }

        fn certificate(&self) -> PathBuf {
            self.folder.path().join("chain.pem")
        }

        fn key(&self) -> PathBuf {
            self.folder.path().join("key.pem")
        }

        async fn open(&self) -> Result<GivenCertificate, Ungiven> {
            GivenCertificate::open(&self.certificate(), &self.key()).await
        }
    }

    #[tokio::test]
    async fn files_that_are_replaced_are_taken_and_broken_ones_are_not() {
        let [first, second] = [pair(), pair()];
        let folder = Folder::with(&first);
        let given = folder.open().await.unwrap();
        let der = || given.current().cert[0].to_vec();
        let before = der();
        let mut seen = None;

        // Half of a replacement, no replacement at all, and a file that is gone.
        std::fs::write(folder.certificate(), &second.0).unwrap();
        given.look(&mut seen).await;
        assert_eq!(der(), before);
        std::fs::write(folder.key(), "half of a k").unwrap();
        given.look(&mut seen).await;
        assert_eq!(der(), before);
        std::fs::remove_file(folder.key()).unwrap();
        given.look(&mut seen).await;
        assert_eq!(der(), before);

        std::fs::write(folder.key(), &second.1).unwrap();
        given.look(&mut seen).await;
        assert_ne!(der(), before);
    }

    #[tokio::test]
    async fn what_is_wrong_with_the_files_is_said_with_their_names() {
        let [first, second] = [pair(), pair()];
        for (certificate, key, words) in [
            (first.0.as_str(), second.1.as_str(), "is not that of the first certificate"),
            ("", first.1.as_str(), "chain.pem` is no chain"),
            (first.1.as_str(), first.1.as_str(), "chain.pem` is no chain"),
            (first.0.as_str(), first.0.as_str(), "key.pem` is no private key"),
            (
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                first.1.as_str(),
                "chain.pem` is no chain",
            ),
        ] {
            let folder = Folder::with(&(certificate.to_owned(), key.to_owned()));
            let error = folder.open().await.unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
        let folder = Folder::with(&first);
        std::fs::remove_file(folder.key()).unwrap();
        let error = folder.open().await.unwrap_err().to_string();
        assert!(error.contains("key.pem` cannot be read"), "{error}");
    }
}
