//! What every process of the hub needs to run: settings from the environment,
//! telemetry, a gRPC server and channels over mutual TLS, typed refusals, health,
//! and an ordered shutdown. It knows no service and no rule.

pub mod admin;
pub mod channel;
pub mod clock;
pub mod fields;
pub mod refusal;
pub mod server;
pub mod settings;
pub mod tasks;
pub mod telemetry;
pub mod tls;
pub mod undecodable;
