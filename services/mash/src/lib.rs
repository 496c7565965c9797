//! The one program of the hub. `serve` runs one service or adapter, as a deployment does;
//! `up` runs a whole hub on this machine, with the servers it needs; the other commands
//! are for the people who look after one.
//!
//! Every command is a module; [`up::Hub`] is a library of its own, on which `mash up`, the
//! demonstration and the end-to-end tests stand.

mod calendar_due;
pub mod cli;
mod demo;
mod events;
mod migrate;
mod protocol_check;
mod register;
mod serve;
mod signals;
mod table;
pub mod up;
