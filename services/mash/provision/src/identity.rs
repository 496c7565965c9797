//! Development identities: two certificate authorities, one for services and one for
//! agencies, and a certificate for everybody who speaks. Made once, found again at later
//! starts, renewed when less than thirty days are left.
//!
//! An identity is exactly one URI SAN. A key is made once and stays; renewal issues a new
//! certificate for it, so that key and certificate match whenever a start is interrupted.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose as Usage, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SanType, string::Ia5String,
};
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::X509Certificate;

use crate::error::{ProvisionError, Result};
use crate::secrets::{private_folder, write_private};
use crate::service_database::check_name;
use crate::tokens::TokenSigner;

const AUTHORITY_DAYS: i64 = 3650;
const CERTIFICATE_DAYS: i64 = 365;
const RENEW_BELOW_DAYS: i64 = 30;
const DAY: i64 = 24;

/// Who takes part in this hub.
#[derive(Debug, Clone, Copy)]
pub struct Participants<'a> {
    /// The council, as the trust domain of all identities ("hackney").
    pub authority: &'a str,
    /// The services, by name.
    pub services: &'a [&'a str],
    /// The agencies, by name; each has an adapter and a system.
    pub agencies: &'a [&'a str],
}

/// Where one identity's certificate and key lie, both PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The certificate.
    pub certificate: PathBuf,
    /// Its private key, readable by the owner only.
    pub key: PathBuf,
}

/// The identities of a hub, all on disk.
pub struct Identities {
    folder: PathBuf,
    signer: TokenSigner,
}

impl Identities {
    /// Makes, finds or renews everything under `<folder>/pki/`, and mints new tokens for the
    /// demo people at `now`.
    pub fn prepare(folder: &Path, hub: Participants<'_>, now: Timestamp) -> Result<Self> {
        let folder = folder.join("pki");
        private_folder(&folder)?;
        for name in hub.services {
            check_name(name)?;
        }
        for code in hub.agencies {
            // The codes of the protocol file may have underscores, which databases may not.
            check_name(&code.replace('_', "-"))?;
        }
        let services = Authority::open(&folder, "services-ca", now)?;
        let agencies = Authority::open(&folder, "agencies-ca", now)?;
        let domain = format!("spiffe://{}", hub.authority);
        let both = [Usage::ServerAuth, Usage::ClientAuth];
        for name in hub.services {
            let uri = format!("{domain}/service/{name}");
            services.certify(&format!("service-{name}"), &uri, &both, now)?;
        }
        for name in hub.agencies {
            let adapter = format!("{domain}/adapter/{name}");
            services.certify(&format!("adapter-{name}"), &adapter, &[Usage::ClientAuth], now)?;
            agencies.certify(&format!("door-{name}"), &adapter, &[Usage::ServerAuth], now)?;
            let system = format!("{domain}/agency/{name}");
            agencies.certify(&format!("agency-{name}"), &system, &[Usage::ClientAuth], now)?;
        }
        let signer = TokenSigner::open(&folder, now)?;
        Ok(Self { folder, signer })
    }

    /// The authority that services and adapters trust among themselves.
    pub fn services_ca(&self) -> PathBuf {
        self.folder.join("services-ca.pem")
    }

    /// The authority that an adapter's door and the agencies' systems trust.
    pub fn agencies_ca(&self) -> PathBuf {
        self.folder.join("agencies-ca.pem")
    }

    /// A service, as server and as client.
    pub fn service(&self, service: &str) -> CertificateFiles {
        files(&self.folder, &format!("service-{service}"))
    }

    /// An adapter as a client of services.
    pub fn adapter(&self, agency: &str) -> CertificateFiles {
        files(&self.folder, &format!("adapter-{agency}"))
    }

    /// An adapter's door, the server that its agency's system calls.
    pub fn door(&self, agency: &str) -> CertificateFiles {
        files(&self.folder, &format!("door-{agency}"))
    }

    /// An agency's own system, the client of its adapter.
    pub fn agency(&self, agency: &str) -> CertificateFiles {
        files(&self.folder, &format!("agency-{agency}"))
    }

    /// Who signs people's tokens here, with the demo people and the key set.
    pub fn signer(&self) -> &TokenSigner {
        &self.signer
    }
}

fn files(folder: &Path, name: &str) -> CertificateFiles {
    CertificateFiles {
        certificate: folder.join(format!("{name}.pem")),
        key: folder.join(format!("{name}.key")),
    }
}

/// A certificate authority that can issue.
struct Authority {
    folder: PathBuf,
    issuer: Issuer<'static, KeyPair>,
    key_identifier: Vec<u8>,
}

impl Authority {
    fn open(folder: &Path, name: &str, now: Timestamp) -> Result<Self> {
        let unusable = |e: rcgen::Error| identity_error(folder, &e);
        let files = files(folder, name);
        let key = key(folder, &files.key)?;
        let mut params = validity(now, AUTHORITY_DAYS);
        params.distinguished_name.push(DnType::CommonName, format!("mash development {name}"));
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key_identifier = params.key_identifier(&key);
        let stays = |found: &X509Certificate<'_>| own_key(found) == Some(key_identifier.as_slice());
        if !keeps(&files.certificate, now, stays) {
            let made = params.self_signed(&key).map_err(unusable)?;
            write_private(&files.certificate, made.pem().as_bytes())?;
        }
        let issuer = Issuer::new(params, key);
        Ok(Self { folder: folder.to_owned(), issuer, key_identifier })
    }

    /// Sees to it that `name` has a key and a certificate of this authority for `uri`.
    fn certify(&self, name: &str, uri: &str, usages: &[Usage], now: Timestamp) -> Result<()> {
        let unusable = |e: rcgen::Error| identity_error(&self.folder, &e);
        let files = files(&self.folder, name);
        let key = key(&self.folder, &files.key)?;
        let mut params = validity(now, CERTIFICATE_DAYS);
        let key_identifier = params.key_identifier(&key);
        let stays = |found: &X509Certificate<'_>| {
            issuer_key(found) == Some(self.key_identifier.as_slice())
                && own_key(found) == Some(key_identifier.as_slice())
                && uris(found) == [uri]
        };
        if keeps(&files.certificate, now, stays) {
            return Ok(());
        }
        params.distinguished_name.push(DnType::CommonName, name);
        params.subject_alt_names = vec![
            SanType::URI(Ia5String::try_from(uri).map_err(unusable)?),
            SanType::DnsName(Ia5String::try_from("localhost").map_err(unusable)?),
            SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        ];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = usages.to_vec();
        params.use_authority_key_identifier_extension = true;
        // Written for an authority by itself, for others only as an explicit "no authority".
        params.is_ca = IsCa::ExplicitNoCa;
        let made = params.signed_by(&key, &self.issuer).map_err(unusable)?;
        write_private(&files.certificate, made.pem().as_bytes())
    }
}

/// The key in the file, or a new one.
fn key(folder: &Path, path: &Path) -> Result<KeyPair> {
    let unusable = |e: rcgen::Error| identity_error(folder, &e);
    if path.exists() {
        let pem = fs::read_to_string(path).map_err(|e| ProvisionError::io("reading", path, e))?;
        return KeyPair::from_pem(&pem).map_err(unusable);
    }
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(unusable)?;
    write_private(path, key.serialize_pem().as_bytes())?;
    Ok(key)
}

/// From yesterday, for clocks that differ, until `days` from now.
fn validity(now: Timestamp, days: i64) -> CertificateParams {
    let date = |days: i64| {
        let then = now.saturating_add(SignedDuration::from_hours(days * DAY)).unwrap_or(now);
        let date = Offset::UTC.to_datetime(then).date();
        rcgen::date_time_ymd(
            date.year().into(),
            date.month().unsigned_abs(),
            date.day().unsigned_abs(),
        )
    };
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.not_before = date(-1);
    params.not_after = date(days);
    params
}

/// True for a certificate that is there, lasts long enough and is what was asked for. What
/// cannot be read is made anew.
fn keeps(path: &Path, now: Timestamp, stays: impl Fn(&X509Certificate<'_>) -> bool) -> bool {
    let pem = fs::read(path).unwrap_or_default();
    let Ok((_, pem)) = x509_parser::pem::parse_x509_pem(&pem) else {
        return false;
    };
    let Ok(found) = pem.parse_x509() else {
        return false;
    };
    let left = found.validity().not_after.timestamp().saturating_sub(now.as_second());
    left >= SignedDuration::from_hours(RENEW_BELOW_DAYS * DAY).as_secs() && stays(&found)
}

fn own_key<'a>(certificate: &X509Certificate<'a>) -> Option<&'a [u8]> {
    certificate.iter_extensions().find_map(|extension| {
        let ParsedExtension::SubjectKeyIdentifier(key) = extension.parsed_extension() else {
            return None;
        };
        Some(key.0)
    })
}

fn issuer_key<'a>(certificate: &X509Certificate<'a>) -> Option<&'a [u8]> {
    certificate.iter_extensions().find_map(|extension| {
        let ParsedExtension::AuthorityKeyIdentifier(key) = extension.parsed_extension() else {
            return None;
        };
        key.key_identifier.as_ref().map(|key| key.0)
    })
}

fn uris<'a>(certificate: &'a X509Certificate<'_>) -> Vec<&'a str> {
    let names = certificate.subject_alternative_name().ok().flatten();
    let names = names.map(|extension| extension.value.general_names.as_slice()).unwrap_or_default();
    let uri = |name: &'a GeneralName<'_>| {
        if let GeneralName::URI(uri) = name { Some(*uri) } else { None }
    };
    names.iter().filter_map(uri).collect()
}

pub(crate) fn identity_error(folder: &Path, cause: &dyn std::error::Error) -> ProvisionError {
    ProvisionError::Identity { folder: folder.to_owned(), detail: cause.to_string() }
}
