//! Who may call what.
//!
//! A call comes in with a person's bearer token, with a system's certificate, or
//! with both. The [`Guard`] stands in front of every RPC of a server: it finds out
//! who calls, asks the policies whether that caller may do this action on this API,
//! and hands the [`Caller`] on to the handler. Nothing is allowed unless a policy
//! in `deploy/policies` says so; an error denies.
//!
//! What is read of a child's record is written to the read log by [`log_read`] in
//! the reader's own transaction (R61) and chained afterwards by [`seal_reads`], so that
//! a change shows (R62). Personal values travel as [`Personal`], which nothing can print.

mod action;
mod caller;
mod guard;
mod keys;
mod personal;
mod policy;
mod read_log;
mod refusal;
mod role;
mod seal;
mod system;
mod token;

pub use action::Action;
pub use caller::{Caller, Person};
pub use guard::{Guard, GuardConfig, GuardError, GuardLayer, Guarded, Now};
pub use keys::KeysError;
pub use personal::Personal;
pub use policy::{Api, Policies, PolicyError};
pub use read_log::{Read, log_read};
pub use refusal::RefusalLog;
pub use role::Role;
pub use seal::{Broken, SealedTo, seal_reads, verify_reads};
pub use system::{NotASystem, System};
pub use token::Token;

/// The schema `access` of a service's database: read log and refusals.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");
