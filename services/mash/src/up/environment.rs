//! The settings of every process of the hub. A process refuses settings that it does not
//! know, so each gets exactly those that it reads.

use std::collections::BTreeMap;
use std::path::Path;

use provision::{AUDIENCE, CertificateFiles, ISSUER, Identities, Secrets, ServiceDatabase};

use super::members::Member;
use super::ports::Ports;

/// The environment of one process, whole.
pub(crate) type Environment = BTreeMap<String, String>;

/// What the settings are made from.
pub(crate) struct Surroundings<'a> {
    pub(crate) authority: &'a str,
    pub(crate) ports: &'a Ports,
    pub(crate) identities: &'a Identities,
    pub(crate) broker_url: String,
    pub(crate) broker_passwords: &'a mut Secrets,
    pub(crate) protocol: Option<&'a Path>,
    pub(crate) pagers: &'a Path,
    pub(crate) log: &'a str,
    pub(crate) otlp_endpoint: Option<&'a str>,
}

impl Surroundings<'_> {
    /// Of a service.
    pub(crate) fn service(
        &mut self,
        member: &Member,
        database: &ServiceDatabase,
    ) -> provision::Result<Environment> {
        let name = member.name;
        let mut set = Setting::default();
        self.everybody(&mut set, name)?;
        let own = self.identities.service(name);
        set.certificate("MASH_TLS", &own, &self.identities.services_ca());
        set.text("MASH_DATABASE_URL", &database.url);
        set.path("MASH_JWKS", &self.identities.signer().jwks());
        set.text("MASH_ISSUER", ISSUER);
        set.text("MASH_AUDIENCE", AUDIENCE);
        if let Some(protocol) = self.protocol {
            set.path("MASH_PROTOCOL", protocol);
        }
        for peer in member.follows.iter().chain(member.asks) {
            set.peer(peer, self.ports);
        }
        if member.pages {
            set.path("MASH_PAGERS", self.pagers);
        }
        Ok(set.0)
    }

    /// Of an agency's adapter, which is one to partner-checks and another to its agency.
    pub(crate) fn adapter(&mut self, name: &str, agency: &str) -> provision::Result<Environment> {
        let mut set = Setting::default();
        self.everybody(&mut set, name)?;
        set.text("MASH_AGENCY", agency);
        let door = self.identities.door(agency);
        set.certificate("MASH_DOOR", &door, &self.identities.agencies_ca());
        let own = self.identities.adapter(agency);
        set.certificate("MASH_TLS", &own, &self.identities.services_ca());
        set.peer(partner_checks::NAME, self.ports);
        Ok(set.0)
    }

    /// What every process has: where it listens, what it logs, whom it believes, and its
    /// broker login, which has its name.
    fn everybody(&mut self, set: &mut Setting, name: &str) -> provision::Result<()> {
        set.text("MASH_LISTEN", &listen(self.ports, name));
        set.text("MASH_ADMIN_LISTEN", &listen(self.ports, &admin(name)));
        set.text("MASH_REFLECTION", "true");
        set.text("MASH_LOG", self.log);
        if let Some(endpoint) = self.otlp_endpoint {
            set.text("MASH_OTLP_ENDPOINT", endpoint);
        }
        set.text("MASH_TRUST_DOMAIN", self.authority);
        set.text("MASH_BROKER_URL", &self.broker_url);
        set.text("MASH_BROKER_LOGIN", name);
        set.text("MASH_BROKER_PASSWORD", &self.broker_passwords.password(name)?);
        Ok(())
    }
}

/// The name under which the admin port of a process is kept.
pub(crate) fn admin(name: &str) -> String {
    format!("{name}-admin")
}

/// Where a process listens, as `127.0.0.1:port`.
pub(crate) fn listen(ports: &Ports, name: &str) -> String {
    format!("127.0.0.1:{}", port(ports, name))
}

/// Where its clients connect: by a name that its certificate has.
pub(crate) fn address(ports: &Ports, name: &str) -> String {
    format!("localhost:{}", port(ports, name))
}

/// A chosen port; 0, on which nothing can be reached, for a name that has none.
fn port(ports: &Ports, name: &str) -> u16 {
    ports.get(name).copied().unwrap_or_default()
}

/// Settings as they are collected. Programs that a process starts itself (there are none
/// today) and the certificate stores of the system are found by PATH and HOME.
struct Setting(Environment);

impl Default for Setting {
    fn default() -> Self {
        let kept = ["PATH", "HOME"].into_iter().filter_map(|key| {
            let value = std::env::var_os(key)?.into_string().ok()?;
            Some((key.to_owned(), value))
        });
        Self(kept.collect())
    }
}

impl Setting {
    fn text(&mut self, key: &str, value: &str) {
        self.0.insert(key.to_owned(), value.to_owned());
    }

    fn path(&mut self, key: &str, value: &Path) {
        self.text(key, &value.to_string_lossy());
    }

    fn certificate(&mut self, prefix: &str, own: &CertificateFiles, authority: &Path) {
        self.path(&format!("{prefix}_CERTIFICATE"), &own.certificate);
        self.path(&format!("{prefix}_KEY"), &own.key);
        self.path(&format!("{prefix}_AUTHORITY"), authority);
    }

    fn peer(&mut self, service: &str, ports: &Ports) {
        let key = service.replace('-', "_").to_uppercase();
        self.text(&format!("MASH_PEER_{key}"), &address(ports, service));
    }
}
