//! Systems: services, adapters and agencies, known by their certificates.
//!
//! The identity is exactly one URI SAN, compared byte by byte. Names of host and
//! subject say nothing here, and no request has a field for the agency.

use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Longest service name or agency code, in bytes.
const NAME_MAX: usize = 63;

/// A system that calls with a certificate of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum System {
    /// A service of the hub, by name: `spiffe://<trust domain>/service/screening`.
    Service(String),
    /// The hub's door for one agency: `spiffe://<trust domain>/adapter/police`.
    Adapter(String),
    /// The system of one agency: `spiffe://<trust domain>/agency/police`.
    Agency(String),
}

/// Why a certificate names no system. Says nothing of what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotASystem {
    /// It cannot be read.
    #[error("the certificate cannot be read")]
    Unreadable,
    /// It has no URI SAN, or more than one.
    #[error("the certificate has not exactly one URI among its names")]
    NotOneUri,
    /// The URI names no system of this trust domain.
    #[error("the certificate's URI names no system of this trust domain")]
    NotOurs,
}

impl System {
    /// The system that a certificate (DER) stands for.
    ///
    /// # Errors
    /// See [`NotASystem`].
    pub fn from_certificate(der: &[u8], trust_domain: &str) -> Result<Self, NotASystem> {
        let (rest, certificate) =
            X509Certificate::from_der(der).map_err(|_| NotASystem::Unreadable)?;
        if !rest.is_empty() {
            return Err(NotASystem::Unreadable);
        }
        let names = certificate
            .subject_alternative_name()
            .map_err(|_| NotASystem::Unreadable)?
            .ok_or(NotASystem::NotOneUri)?;
        let mut uris =
            names.value.general_names.iter().filter_map(|name| {
                if let GeneralName::URI(uri) = name { Some(*uri) } else { None }
            });
        match (uris.next(), uris.next()) {
            (Some(uri), None) => Self::parse(uri, trust_domain),
            _ => Err(NotASystem::NotOneUri),
        }
    }

    /// The system that a SPIFFE id names. Names are held to a small alphabet, so
    /// that dots, `%` and empty segments cannot stand for another path.
    ///
    /// # Errors
    /// [`NotASystem::NotOurs`].
    pub fn parse(uri: &str, trust_domain: &str) -> Result<Self, NotASystem> {
        let (kind, name) = uri
            .strip_prefix("spiffe://")
            .and_then(|rest| rest.strip_prefix(trust_domain))
            .and_then(|rest| rest.strip_prefix('/'))
            .and_then(|path| path.split_once('/'))
            .ok_or(NotASystem::NotOurs)?;
        match kind {
            "service" if is_service_name(name) => Ok(Self::Service(name.to_owned())),
            "adapter" if is_agency_code(name) => Ok(Self::Adapter(name.to_owned())),
            "agency" if is_agency_code(name) => Ok(Self::Agency(name.to_owned())),
            _ => Err(NotASystem::NotOurs),
        }
    }

    /// Path of the SPIFFE id, for example `/service/screening`: the opaque id of a
    /// system as an actor.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::Service(name) => format!("/service/{name}"),
            Self::Adapter(agency) => format!("/adapter/{agency}"),
            Self::Agency(agency) => format!("/agency/{agency}"),
        }
    }
}

fn is_service_name(name: &str) -> bool {
    is_name(name, b'-')
}

/// Whether a string can be an agency's code, for example `domestic_abuse`.
pub(crate) fn is_agency_code(name: &str) -> bool {
    is_name(name, b'_')
}

fn is_name(name: &str, joint: u8) -> bool {
    (1..=NAME_MAX).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == joint)
}
