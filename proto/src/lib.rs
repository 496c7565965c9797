//! The contracts between the services: generated from `mash/**/*.proto`, with the
//! conversions of ids, instants and dates that every edge needs. Nothing else.
//!
//! The crate is the package `mash` of the contracts: `proto::intake::v1` is
//! `mash.intake.v1`.

pub mod convert;
pub mod event;

/// The file descriptor set of all contracts, for reflection and for tests that
/// walk over every message.
pub const DESCRIPTOR: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptor.bin"));

/// A package's generated code. It is documented where it is written, in the
/// contract.
macro_rules! contract {
    ($package:literal) => {
        /// Version 1.
        pub mod v1 {
            tonic::include_proto!($package);
        }
    };
}

/// `mash.terms`: the words that every contract shares.
pub mod terms {
    contract!("mash.terms.v1");
}

/// `mash.event_log`: reading a service's event log.
pub mod event_log {
    contract!("mash.event_log.v1");
}

/// `mash.intake`: contacts and what allows them to be shared.
#[expect(
    clippy::large_enum_variant,
    reason = "a part of a request is one of a kind at a time, and taken apart at once"
)]
pub mod intake {
    contract!("mash.intake.v1");
}

/// `mash.screening`: the case in the hub.
pub mod screening {
    contract!("mash.screening.v1");
}

/// `mash.partner`: what an agency's system speaks with its adapter.
pub mod partner {
    contract!("mash.partner.v1");
}

/// `mash.partner_checks`: checks, as the hub asks them.
pub mod partner_checks {
    contract!("mash.partner_checks.v1");
}

/// `mash.deadlines`: clocks and pages.
pub mod deadlines {
    contract!("mash.deadlines.v1");
}

/// `mash.reporting`: figures.
pub mod reporting {
    contract!("mash.reporting.v1");
}
