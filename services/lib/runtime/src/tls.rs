//! Certificates of a process, read again when their files change, so that a
//! renewal needs no restart.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use prometheus::{IntGauge, Registry};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use thiserror::Error;
use tokio::sync::watch;

use crate::{settings::Settings, tasks::Tasks};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(2);

/// The three files that make an identity.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The process's certificate chain, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
    /// The authority that the other side's certificates must come from, PEM.
    pub authority: PathBuf,
}

/// Certificates that cannot be used.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read as PEM.
    #[error("{file} cannot be read as PEM", file = .0.display())]
    Pem(PathBuf, #[source] rustls_pki_types::pem::Error),
    /// Key and certificate do not fit, or the authority is no authority.
    #[error("the certificates cannot be used")]
    Unusable(#[from] rustls::Error),
    /// A file holds no certificate, or one that cannot be read.
    #[error("{file} holds no certificate that can be read", file = .0.display())]
    NoCertificate(PathBuf),
    /// The authority has no certificates to verify clients with.
    #[error("the authority cannot verify clients")]
    Authority(#[from] rustls::client::VerifierBuilderError),
}

impl TlsFiles {
    /// Reads the settings `<prefix>_CERTIFICATE`, `_KEY` and `_AUTHORITY`.
    pub fn read(settings: &mut Settings, prefix: &str) -> Option<Self> {
        let certificate = settings.required(&format!("{prefix}_CERTIFICATE"));
        let key = settings.required(&format!("{prefix}_KEY"));
        let authority = settings.required(&format!("{prefix}_AUTHORITY"));
        Some(Self { certificate: certificate?, key: key?, authority: authority? })
    }

    fn chain(&self) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        read_certificates(&self.certificate)
    }

    fn private_key(&self) -> Result<PrivateKeyDer<'static>, TlsError> {
        PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|error| TlsError::Pem(self.key.clone(), error))
    }

    fn roots(&self) -> Result<Arc<RootCertStore>, TlsError> {
        let mut roots = RootCertStore::empty();
        for certificate in read_certificates(&self.authority)? {
            roots.add(certificate)?;
        }
        Ok(Arc::new(roots))
    }

    /// A server's side. Clients may come without a certificate, with a person's
    /// token instead; one that they show must be good.
    fn server(&self) -> Result<Arc<ServerConfig>, TlsError> {
        let verifier: Arc<dyn ClientCertVerifier> =
            WebPkiClientVerifier::builder(self.roots()?).allow_unauthenticated().build()?;
        let mut config = ServerConfig::builder()
            .with_client_cert_verifier(verifier)
            .with_single_cert(self.chain()?, self.private_key()?)?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Arc::new(config))
    }

    /// A client's side, which always shows its certificate.
    fn client(&self) -> Result<Arc<ClientConfig>, TlsError> {
        let mut config = ClientConfig::builder()
            .with_root_certificates(self.roots()?)
            .with_client_auth_cert(self.chain()?, self.private_key()?)?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Arc::new(config))
    }

    /// When the first certificate of the own chain expires, as a Unix time.
    fn expires_at(&self) -> Result<i64, TlsError> {
        let unreadable = || TlsError::NoCertificate(self.certificate.clone());
        let mut earliest = None;
        for certificate in self.chain()? {
            let (_, certificate) =
                x509_parser::parse_x509_certificate(&certificate).map_err(|_| unreadable())?;
            let at = certificate.validity().not_after.timestamp();
            earliest = Some(earliest.map_or(at, |earlier: i64| earlier.min(at)));
        }
        earliest.ok_or_else(unreadable)
    }

    fn modified(&self) -> [Option<SystemTime>; 3] {
        [&self.certificate, &self.key, &self.authority]
            .map(|file| fs::metadata(file).and_then(|data| data.modified()).ok())
    }
}

fn read_certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    CertificateDer::pem_file_iter(file)
        .and_then(|certificates| certificates.collect())
        .map_err(|error| TlsError::Pem(file.to_owned(), error))
}

/// The server's side as it stands now.
pub type ServerTls = watch::Receiver<Arc<ServerConfig>>;
/// The client's side as it stands now.
pub type ClientTls = watch::Receiver<Arc<ClientConfig>>;

/// Reads the files, and again whenever they change. Files that are bad when they
/// change are logged, and the good ones before them stay in use.
///
/// # Errors
/// Where the files cannot be used at the start.
pub fn watch_files(files: TlsFiles, tasks: &Tasks) -> Result<(ServerTls, ClientTls), TlsError> {
    let (server_now, server) = watch::channel(files.server()?);
    let (client_now, client) = watch::channel(files.client()?);
    let stopping = tasks.stopping();
    let mut seen = files.modified();
    tasks.spawn("certificates", async move {
        while stopping.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
            let modified = files.modified();
            if modified == seen {
                continue;
            }
            seen = modified;
            match files.server().and_then(|server| Ok((server, files.client()?))) {
                Ok((server, client)) => {
                    server_now.send_replace(server);
                    client_now.send_replace(client);
                    tracing::info!("the certificates were renewed");
                }
                Err(error) => {
                    tracing::error!(%error, "the changed certificates are bad; the old stay in use")
                }
            }
        }
        Ok(())
    });
    Ok((server, client))
}

/// Tells operators when the certificate in use expires; after a renewal, that of the new
/// one. The days left are `(x - time()) / 86400`.
///
/// # Errors
/// A certificate that cannot be read, or a metric that is registered already.
pub fn tell_expiry(
    files: TlsFiles,
    mut in_use: ServerTls,
    metrics: &Registry,
    tasks: &Tasks,
) -> anyhow::Result<()> {
    let gauge = IntGauge::new(
        "mash_certificate_expires_at_seconds",
        "Unix time at which the process's own certificate expires",
    )?;
    metrics.register(Box::new(gauge.clone()))?;
    gauge.set(files.expires_at()?);
    let stopping = tasks.stopping();
    tasks.spawn("certificate expiry", async move {
        while let Some(Ok(())) = stopping.run_until_cancelled(in_use.changed()).await {
            gauge.set(files.expires_at()?);
        }
        Ok(())
    });
    Ok(())
}

/// Makes ring the process's provider of cryptography. Call it first in `main` and
/// in tests; calling it again does nothing.
pub fn install_provider() {
    // An error says that one is installed already, which is what is wanted.
    rustls::crypto::ring::default_provider().install_default().ok();
}
