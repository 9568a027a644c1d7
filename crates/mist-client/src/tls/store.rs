//! Stores of certificates: the file that is given, and the host's own. Read only when they are needed.

use crate::error::{Error, Result, Setting, Source, StoreFault, TrustedPlace};
use rustix::fs::{FileType, Mode, OFlags};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// No store of certificates is larger: that of a whole system is less than 1 MiB.
const LARGEST: u64 = 16 * 1024 * 1024;

/// No directory of a host's store holds more files.
const MOST_FILES: usize = 4096;

/// Where systems keep all roots in one file (Debian, Alpine and Gentoo; Red Hat and Fedora; SUSE; macOS and the BSDs).
const FILES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/var/lib/ca-certificates/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Where systems keep a file for each root; only looked at where there is none of [`FILES`].
const DIRECTORIES: [&str; 2] = ["/etc/ssl/certs", "/etc/pki/tls/certs"];

const FILE_VARIABLE: &str = "SSL_CERT_FILE";
const DIRECTORY_VARIABLE: &str = "SSL_CERT_DIR";

/// Where the host keeps the authorities that it trusts. Without either, in the usual places of its system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostStore {
    /// `SSL_CERT_FILE`: a PEM file.
    pub file: Option<PathBuf>,
    /// `SSL_CERT_DIR`: directories of PEM files, separated by colons.
    pub directory: Option<PathBuf>,
}

/// What the host trusts.
#[derive(Debug)]
pub(super) struct HostRoots {
    pub(super) roots: RootCertStore,
    pub(super) places: Vec<TrustedPlace>,
}

impl HostStore {
    /// As `SSL_CERT_FILE` and `SSL_CERT_DIR` say; an empty variable says nothing.
    #[must_use]
    pub fn of_environment(variable: &dyn Fn(&str) -> Option<OsString>) -> Self {
        let path = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Self { file: path(FILE_VARIABLE), directory: path(DIRECTORY_VARIABLE) }
    }

    /// Sees whether what is named is there, without reading it.
    ///
    /// # Errors
    /// [`Setting::HostStore`], naming the variable.
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

    /// Reads it.
    ///
    /// # Errors
    /// [`Setting::HostStore`] for what is named and cannot be read. In the usual places, what cannot be read is not there.
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
    let fault = StoreFault::Unreadable(error.to_string());
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

    /// Adds what certificates there are; a host's store may hold others that nothing can be made of.
    fn add(&mut self, pem: &[u8]) -> usize {
        self.roots.add_parsable_certificates(CertificateDer::pem_slice_iter(pem).flatten()).0
    }
}

/// The roots of a PEM file that is given in place of all others.
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

/// Reads a regular file, judged by its descriptor, up to [`LARGEST`]: a pipe or a device in its place holds nobody up.
fn read_bounded(path: &Path) -> Result<Vec<u8>, StoreFault> {
    let unreadable = |error: io::Error| StoreFault::Unreadable(error.to_string());
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
    fn roots_that_are_none_are_refused_with_the_reason() {
        let folder = folder(&[("empty.pem", b"nothing here"), ("broken.pem", b"-----BEGIN CERTIFICATE-----\nx")]);
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for (path, words) in [
            (folder.path().join("empty.pem"), "holds no certificate"),
            (folder.path().join("broken.pem"), "is not well-formed PEM"),
            (folder.path().join("none.pem"), "cannot be read"),
            (folder.path().to_owned(), "is no regular file"),
            (pipe, "is no regular file"),
            (PathBuf::from("/dev/zero"), "is no regular file"),
        ] {
            let error = read_roots(&path).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn the_hosts_store_is_what_the_variables_name() {
        let folder = folder(&[("root.pem", ROOT), ("junk", b"junk")]);
        let (file, directory) = (folder.path().join("root.pem"), folder.path().to_owned());
        for store in [
            HostStore { file: Some(file.clone()), directory: None },
            HostStore { file: None, directory: Some(directory.clone()) },
            // Of several directories, one that is there will do.
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
    fn a_store_that_is_named_and_missing_is_told_by_its_variable() {
        let nowhere = Some(PathBuf::from("/nonexistent/certs"));
        for (store, variable) in [
            (HostStore { file: nowhere.clone(), directory: None }, "SSL_CERT_FILE"),
            (HostStore { file: None, directory: nowhere }, "SSL_CERT_DIR"),
        ] {
            let setting = store.check().unwrap_err();
            assert!(matches!(&setting, Setting::HostStore { variable: named, .. } if named == variable), "{setting:?}");
            assert!(setting.to_string().contains(variable), "{setting}");
        }
        assert_eq!(HostStore::default().check(), Ok(()));
    }
}
