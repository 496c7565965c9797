//! What a hub needs from one machine: a private PostgreSQL, a private NATS server,
//! development identities, and a folder that belongs to one `mash up` at a time.
//! Nothing has to be installed beforehand but Python's pip, and nothing needs root.
//!
//! In the order in which `mash up` uses them: [`Folder`] is claimed (and what an earlier,
//! killed run left behind is stopped), [`Tools`] are found or installed, [`Postgres`] and
//! [`Nats`] are started, [`Identities`] are prepared.
//!
//! The servers are the ones of production; only how they come to run is special here.

mod account;
mod broker_login;
mod error;
mod folder;
mod identity;
mod nats;
mod postgres;
mod process;
mod secrets;
mod service_database;
mod tokens;
mod tools;

pub use broker_login::BrokerLogin;
pub use error::{ProvisionError, Result};
pub use folder::{Folder, free_ports};
pub use identity::{CertificateFiles, Identities, Participants};
pub use nats::Nats;
pub use postgres::{Durability, Postgres};
pub use secrets::{Secrets, private_folder, write_private};
pub use service_database::ServiceDatabase;
pub use tokens::{AUDIENCE, DEMO_ROLES, ISSUER, LIFETIME, Person, TokenSigner};
pub use tools::{OwnTools, Tools};
