//! TLS: the configuration, the cryptography, the trust stores of the host, and the connector for the HTTP library. `verifier`
//! verifies certificates.

mod verifier;

use crate::error::{Error, Result, Setting, Source, StoreFault, TrustedPlace, without_error_number};
use rustix::fs::{FileType, Mode, OFlags};
use rustls::crypto::{CryptoProvider, KeyProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::SigningKey;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fmt, io};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport, TransportAdapter,
};
pub(crate) use verifier::{Refused, Trust, Verifier};

/// The configuration of connections with this trust.
pub(crate) fn config(trust: Trust) -> Result<Arc<ClientConfig>> {
    let provider = provider();
    let verifier = Verifier::new(trust, &provider);
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Other(format!("TLS cannot be configured: {error}.")))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// The cryptography of rustls by ring, without private keys. Only client certificates need those, no option sets one, and the
/// code that reads keys and signs adds 40 kB to every executable.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(CryptoProvider { key_provider: &NoKeys, ..ring::default_provider() })
}

#[derive(Debug)]
struct NoKeys;

impl KeyProvider for NoKeys {
    fn load_private_key(&self, _: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, rustls::Error> {
        Err(rustls::Error::General("client certificates are not supported".to_owned()))
    }
}

/// Makes TLS connections.
pub(crate) struct Tls {
    pub(crate) config: Arc<ClientConfig>,
    /// Called when a handshake begins.
    pub(crate) begins: fn(),
}

impl fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Tls")
    }
}

impl<In: Transport> Connector<In> for Tls {
    type Out = Either<In, Encrypted>;

    fn connect(&self, details: &ConnectionDetails, made: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        let Some(transport) = made else { return Ok(None) };
        if !details.needs_tls() || transport.is_tls() {
            return Ok(Some(Either::A(transport)));
        }
        (self.begins)();
        let host = details.uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned()).map_err(|_| ureq::Error::Tls("the host name is invalid"))?;
        let mut conn = ClientConnection::new(Arc::clone(&self.config), name).map_err(io::Error::other)?;
        let mut sock = TransportAdapter::new(transport.boxed(), details.current_time.clone());
        sock.set_timeout(details.timeout);
        conn.complete_io(&mut sock)?;
        let buffers = LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Some(Either::B(Encrypted { buffers, stream: StreamOwned { conn, sock } })))
    }
}

/// A connection under TLS.
pub(crate) struct Encrypted {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
}

impl fmt::Debug for Encrypted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Encrypted")
    }
}

impl Transport for Encrypted {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.stream.get_mut().set_timeout(timeout);
        Ok(self.stream.write_all(&self.buffers.output()[..amount])?)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.stream.get_mut().set_timeout(timeout);
        let amount = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.get_mut().get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

/// Limit for a store. That of a whole system is less than 1 MiB.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Limit for the files of a directory.
const MOST_FILES: usize = 4096;

/// Files with all root certificates (Debian, Alpine and Gentoo; Red Hat and Fedora; SUSE; macOS and the BSDs).
const FILES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/var/lib/ca-certificates/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Directories with one file for each root certificate. Searched if none of [`FILES`] exists.
const DIRECTORIES: [&str; 2] = ["/etc/ssl/certs", "/etc/pki/tls/certs"];

const FILE_VARIABLE: &str = "SSL_CERT_FILE";
const DIRECTORY_VARIABLE: &str = "SSL_CERT_DIR";

/// The host's trust store. Default: the usual locations of its system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostStore {
    /// `SSL_CERT_FILE`: a PEM file.
    pub file: Option<PathBuf>,
    /// `SSL_CERT_DIR`: directories of PEM files, separated by colons.
    pub directory: Option<PathBuf>,
}

/// The root certificates of the host.
#[derive(Debug)]
pub(super) struct HostRoots {
    pub(super) roots: RootCertStore,
    pub(super) places: Vec<TrustedPlace>,
}

impl HostStore {
    /// Reads `SSL_CERT_FILE` and `SSL_CERT_DIR`. An empty variable counts as not set.
    #[must_use]
    pub fn of_environment(variable: &dyn Fn(&str) -> Option<OsString>) -> Self {
        let path = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Self { file: path(FILE_VARIABLE), directory: path(DIRECTORY_VARIABLE) }
    }

    /// Checks that the files and directories exist, without reading them.
    ///
    /// # Errors
    /// [`Setting::HostStore`] with the variable.
    pub(crate) fn check(&self) -> Result<(), Setting> {
        if let Some(path) = &self.file {
            std::fs::metadata(path).map_err(|error| missing(FILE_VARIABLE, path, &error))?;
        }
        let Some(list) = &self.directory else { return Ok(()) };
        let mut error = None;
        for path in std::env::split_paths(list) {
            match std::fs::metadata(&path) {
                Ok(_) => return Ok(()),
                Err(failed) => error = error.or(Some(missing(DIRECTORY_VARIABLE, &path, &failed))),
            }
        }
        error.map_or(Ok(()), Err)
    }

    /// Reads the store. Unreadable files in the usual locations are skipped.
    ///
    /// # Errors
    /// [`Setting::HostStore`] for a file from a variable that cannot be read.
    pub(super) fn read(&self) -> Result<HostRoots, Setting> {
        self.check()?;
        let mut found = HostRoots { roots: RootCertStore::empty(), places: Vec::new() };
        if let Some(path) = &self.file {
            let fault = |fault| Setting::HostStore { variable: FILE_VARIABLE.into(), path: path.clone(), fault };
            let pem = read_bounded(path).map_err(fault)?;
            if found.add(&pem) == 0 {
                return Err(fault(StoreFault::Empty));
            }
            found.places.push(named(path, FILE_VARIABLE));
        }
        for path in self.directory.iter().flat_map(std::env::split_paths) {
            found.add_directory(&path);
            found.places.push(named(&path, DIRECTORY_VARIABLE));
        }
        if self.file.is_none() && self.directory.is_none() {
            found.add_usual();
        }
        if found.places.is_empty() {
            found.places.push(TrustedPlace::NoHostStore);
        }
        Ok(found)
    }
}

fn missing(variable: &str, path: &Path, error: &io::Error) -> Setting {
    let fault = StoreFault::Unreadable(without_error_number(error));
    Setting::HostStore { variable: variable.to_owned(), path: path.to_owned(), fault }
}

fn named(path: &Path, variable: &str) -> TrustedPlace {
    TrustedPlace::Host { path: path.to_owned(), source: Source::Variable(variable.to_owned()) }
}

impl HostRoots {
    fn add_usual(&mut self) {
        let usual = |path: &Path| TrustedPlace::Host { path: path.to_owned(), source: Source::Given };
        for path in FILES.iter().map(Path::new) {
            if read_bounded(path).is_ok_and(|pem| self.add(&pem) > 0) {
                return self.places.push(usual(path));
            }
        }
        for path in DIRECTORIES.iter().map(Path::new) {
            if self.add_directory(path) > 0 {
                self.places.push(usual(path));
            }
        }
    }

    fn add_directory(&mut self, path: &Path) -> usize {
        let Ok(entries) = std::fs::read_dir(path) else { return 0 };
        let files = entries.flatten().take(MOST_FILES).map(|entry| entry.path());
        files.filter_map(|file| read_bounded(&file).ok()).map(|pem| self.add(&pem)).sum()
    }

    /// Adds the certificates that can be parsed.
    fn add(&mut self, pem: &[u8]) -> usize {
        self.roots.add_parsable_certificates(CertificateDer::pem_slice_iter(pem).flatten()).0
    }
}

/// The root certificates of the PEM file that replaces all others.
///
/// # Errors
/// [`Setting::Roots`]
pub(crate) fn read_roots(path: &Path) -> Result<RootCertStore> {
    let refuse = |fault| Error::from(Setting::Roots { path: path.to_owned(), fault });
    let pem = read_bounded(path).map_err(refuse)?;
    let certificates = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| refuse(StoreFault::NotPem(error.to_string())))?;
    let mut roots = RootCertStore::empty();
    match roots.add_parsable_certificates(certificates) {
        (0, _) => Err(refuse(StoreFault::Empty)),
        _ => Ok(roots),
    }
}

/// Reads a regular file up to [`LARGEST`]. Checks the opened descriptor, so that a pipe or a device cannot block.
fn read_bounded(path: &Path) -> Result<Vec<u8>, StoreFault> {
    let unreadable = |error: io::Error| StoreFault::Unreadable(without_error_number(&error));
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let file = rustix::fs::open(path, flags, Mode::empty()).map_err(|error| unreadable(error.into()))?;
    let status = rustix::fs::fstat(&file).map_err(|error| unreadable(error.into()))?;
    if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile {
        return Err(StoreFault::NotAFile);
    }
    let mut content = Vec::new();
    File::from(file).take(LARGEST + 1).read_to_end(&mut content).map_err(unreadable)?;
    if content.len() as u64 > LARGEST { Err(StoreFault::NotAFile) } else { Ok(content) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &[u8] = include_bytes!("../../tests/data/root.pem");

    fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        folder
    }

    #[test]
    fn unusable_roots_are_refused_with_the_reason() {
        let folder = folder(&[("empty.pem", b"nothing here"), ("broken.pem", b"-----BEGIN CERTIFICATE-----\nx")]);
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let is = |path: &Path, expected: fn(&StoreFault) -> bool| {
            let Error::Setting(setting) = read_roots(path).unwrap_err() else { panic!() };
            assert!(matches!(&*setting, Setting::Roots { fault, .. } if expected(fault)), "{setting:?}");
        };
        is(&folder.path().join("empty.pem"), |fault| *fault == StoreFault::Empty);
        is(&folder.path().join("broken.pem"), |fault| matches!(fault, StoreFault::NotPem(_)));
        is(&folder.path().join("none.pem"), |fault| {
            *fault == StoreFault::Unreadable("no such file or directory".into())
        });
        for path in [folder.path(), &pipe, Path::new("/dev/zero")] {
            is(path, |fault| *fault == StoreFault::NotAFile);
        }
    }

    #[test]
    fn the_variables_name_the_hosts_store() {
        let folder = folder(&[("root.pem", ROOT), ("junk", b"junk")]);
        let (file, directory) = (folder.path().join("root.pem"), folder.path().to_owned());
        for store in [
            HostStore { file: Some(file.clone()), directory: None },
            HostStore { file: None, directory: Some(directory.clone()) },
            // Of several directories, one that exists suffices.
            HostStore { file: None, directory: Some(format!("/nonexistent:{}", directory.display()).into()) },
        ] {
            assert!(store.read().unwrap().roots.len() == 1, "{store:?}");
        }
        let variable = |name: &str| match name {
            "SSL_CERT_FILE" => Some(OsString::new()),
            _ => Some(OsString::from("/certs")),
        };
        assert_eq!(HostStore::of_environment(&variable), HostStore { file: None, directory: Some("/certs".into()) });
    }

    #[test]
    fn a_missing_store_is_reported_with_its_variable() {
        let nowhere = Some(PathBuf::from("/nonexistent/certs"));
        for (store, variable) in [
            (HostStore { file: nowhere.clone(), directory: None }, "SSL_CERT_FILE"),
            (HostStore { file: None, directory: nowhere }, "SSL_CERT_DIR"),
        ] {
            let setting = store.check().unwrap_err();
            assert!(matches!(&setting, Setting::HostStore { variable: named, .. } if named == variable), "{setting:?}");
        }
        assert_eq!(HostStore::default().check(), Ok(()));
    }
}
