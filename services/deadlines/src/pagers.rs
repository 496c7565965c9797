//! The pagers of a deployment: which address is told for which role on the duty rota.
//! Read once from the file that `MASH_PAGERS` names; what is wrong with it is said
//! with line and key, never with the value, which may be a secret.

use std::{
    io,
    path::{Path, PathBuf},
};

use calendar::ladder::Role;
use reqwest::Url;
use serde::Deserialize;
use standardwebhooks::Webhook;
use thiserror::Error;
use toml::Spanned;

use crate::protocol::Ladders;

/// The least bytes of a secret, as Standard Webhooks has it.
const SHORTEST_SECRET: usize = 24;

/// Every pager, by whom it reaches.
pub struct Pagers {
    pagers: Vec<Pager>,
}

/// One pager.
#[derive(Clone)]
pub struct Pager {
    /// Its name in the database, from whom it reaches, so that a new address gets
    /// what is owed to the old one.
    pub endpoint: String,
    /// Where it listens.
    pub url: Url,
    /// What its messages are signed with.
    pub secret: Secret,
    role: Role,
    agency: Option<String>,
}

/// A file of pagers that cannot be used.
#[derive(Debug, Error)]
pub enum PagersError {
    /// The file cannot be read at all.
    #[error("{}: cannot be read", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Something in it is not as it must be.
    #[error("{}:{line}: {key}: {problem}", file.display())]
    Invalid {
        /// The file.
        file: PathBuf,
        /// Line, from 1.
        line: usize,
        /// The key.
        key: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A ladder pages a role that no pager serves.
    #[error("{}: no [[pager]] has role = \"{role}\", which a ladder of the protocol pages", file.display())]
    Missing {
        /// The file.
        file: PathBuf,
        /// The role.
        role: Role,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PagersFile {
    #[serde(default)]
    pager: Vec<PagerTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PagerTable {
    role: Spanned<Role>,
    agency: Option<String>,
    url: Spanned<Address>,
    secret: Secret,
    /// Allows `http://` to another machine, for a pager behind a proxy of its own.
    #[serde(default)]
    plain_http: bool,
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Address(Url);

impl TryFrom<String> for Address {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let url: Url = text.parse().map_err(|_| "is not a URL")?;
        let usable = matches!(url.scheme(), "http" | "https") && url.has_host();
        if usable { Ok(Self(url)) } else { Err("is not an https:// URL with a host") }
    }
}

/// A secret of Standard Webhooks; has no `Debug`.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Secret(String);

impl TryFrom<String> for Secret {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        const WHY: &str = "is not `whsec_` and the base64 of 24 bytes or more";
        let key = text.strip_prefix("whsec_").ok_or(WHY)?;
        let long_enough = key.trim_end_matches('=').len() * 3 / 4 >= SHORTEST_SECRET;
        if long_enough && Webhook::new(&text).is_ok() { Ok(Self(text)) } else { Err(WHY) }
    }
}

impl Secret {
    /// The signature of a message, for the header `webhook-signature`; `None` for a
    /// body that is not UTF-8.
    pub fn sign(&self, id: &str, timestamp: i64, body: &str) -> Option<String> {
        Webhook::new(&self.0).and_then(|webhook| webhook.sign(id, timestamp, body.as_bytes())).ok()
    }
}

impl Pagers {
    /// Reads the file, and sees to it that every role on a ladder can be reached. Only
    /// the agencies' duty contacts may be missing, which is logged.
    ///
    /// # Errors
    /// Where the file is wrong, or a role has no pager.
    pub fn read(file: &Path, ladders: &Ladders) -> Result<Self, PagersError> {
        let text = std::fs::read_to_string(file)
            .map_err(|source| PagersError::Unreadable { file: file.to_owned(), source })?;
        let pagers = Self::parse(file, &text)?;
        for step in ladders.all().flat_map(|ladder| ladder.steps()) {
            if pagers.pagers.iter().any(|pager| pager.role == step.role) {
                continue;
            }
            if step.role != Role::AgencyDuty {
                return Err(PagersError::Missing { file: file.to_owned(), role: step.role });
            }
            tracing::warn!("no agency has a pager: nobody there is reminded of a RED check");
        }
        Ok(pagers)
    }

    fn parse(file: &Path, text: &str) -> Result<Self, PagersError> {
        let invalid = |offset: usize, problem: String| {
            let (line, key) = place(text, offset);
            PagersError::Invalid { file: file.to_owned(), line, key, problem }
        };
        let tables: PagersFile = toml::from_str(text).map_err(|error| {
            invalid(error.span().map_or(0, |span| span.start), error.message().to_owned())
        })?;
        let mut pagers: Vec<Pager> = Vec::with_capacity(tables.pager.len());
        for table in tables.pager {
            let role = *table.role.get_ref();
            if (role == Role::AgencyDuty) != table.agency.is_some() {
                let problem = "agency_duty, and no other role, names its `agency`".to_owned();
                return Err(invalid(table.role.span().start, problem));
            }
            let url = &table.url.get_ref().0;
            if url.scheme() == "http" && !is_loopback(url) && !table.plain_http {
                let problem =
                    "must be https:// (`plain_http = true` allows http:// to another machine)"
                        .to_owned();
                return Err(invalid(table.url.span().start, problem));
            }
            let whom =
                table.agency.as_ref().map_or(role.to_string(), |agency| format!("{role}:{agency}"));
            let number =
                pagers.iter().filter(|pager| pager.serves(role, table.agency.as_deref())).count()
                    + 1;
            pagers.push(Pager {
                endpoint: format!("{whom}/{number}"),
                url: url.clone(),
                secret: table.secret,
                role,
                agency: table.agency,
            });
        }
        Ok(Self { pagers })
    }

    /// The pagers that reach a role; for the duty contact of an agency, that agency's.
    pub fn reaching(&self, role: Role, agency: Option<&str>) -> impl Iterator<Item = &Pager> {
        let agency = agency.filter(|_| role == Role::AgencyDuty);
        self.pagers.iter().filter(move |pager| pager.serves(role, agency))
    }

    /// All of them.
    pub fn all(&self) -> &[Pager] {
        &self.pagers
    }
}

impl Pager {
    fn serves(&self, role: Role, agency: Option<&str>) -> bool {
        self.role == role && self.agency.as_deref() == agency
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The line of an offset, from 1, and the key that stands in it.
fn place(text: &str, offset: usize) -> (usize, String) {
    let before = text.get(..offset).unwrap_or_default();
    let line = before.matches('\n').count();
    let words = text.lines().nth(line).unwrap_or_default();
    let key = words.split('=').next().unwrap_or_default().trim().trim_matches(['[', ']']);
    (line + 1, key.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn parse(text: &str) -> Result<Pagers, String> {
        let text = text.replace("SECRET", SECRET);
        Pagers::parse(Path::new("pagers.toml"), &text).map_err(|error| error.to_string())
    }

    #[test]
    fn several_pagers_serve_one_role_and_an_agency_has_its_own() {
        let pagers = parse(
            r#"
            [[pager]]
            role = "mash_manager"
            url = "https://pager.example/one"
            secret = "SECRET"
            [[pager]]
            role = "mash_manager"
            url = "http://127.0.0.1:9000/"
            secret = "SECRET"
            [[pager]]
            role = "agency_duty"
            agency = "police"
            url = "https://police.example/"
            secret = "SECRET"
            "#,
        );
        let pagers = pagers.unwrap();
        let names = |role, agency| {
            pagers.reaching(role, agency).map(|pager| pager.endpoint.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(Role::MashManager, Some("police")), ["mash_manager/1", "mash_manager/2"]);
        assert_eq!(names(Role::AgencyDuty, Some("police")), ["agency_duty:police/1"]);
        assert!(names(Role::AgencyDuty, Some("health")).is_empty());
    }

    #[test]
    fn errors_name_line_and_key_and_no_secret() {
        let wrong = |line: &str, text: &str| {
            let error = parse(text).err().unwrap();
            assert!(error.starts_with(line), "{error}");
            assert!(!error.contains("whsec_MfK"), "{error}");
        };
        let pager = |role: &str, url: &str, secret: &str| {
            format!("[[pager]]\nrole = {role:?}\nurl = {url:?}\nsecret = {secret:?}\n")
        };
        wrong("pagers.toml:2: role:", &pager("manager", "https://x.example", "SECRET"));
        wrong("pagers.toml:3: url: is not a URL", &pager("edt", "x.example", "SECRET"));
        wrong("pagers.toml:3: url: must be https://", &pager("edt", "http://x.example", "SECRET"));
        wrong(
            "pagers.toml:4: secret: is not `whsec_`",
            &pager("edt", "https://x.example", "whsec_MfKQ"),
        );
        wrong(
            "pagers.toml:2: role: agency_duty",
            &pager("agency_duty", "https://x.example", "SECRET"),
        );
        let unknown = pager("edt", "https://x.example", "SECRET") + "retries = 3\n";
        wrong("pagers.toml:5: retries: unknown field", &unknown);
    }
}
