//! The agencies of the protocol file (R36): each gets an adapter, and identities for both
//! ends of its door.

use calendar::protocol::{Protocol, ProtocolError};
use serde::Deserialize;

/// What is read here of the table that `partner-checks` reads whole.
#[derive(Deserialize)]
struct PartnerChecks {
    agencies: Vec<Agency>,
}

#[derive(Deserialize)]
struct Agency {
    code: String,
}

/// The codes of the agencies, in the file's order.
pub(crate) fn of(protocol: &Protocol) -> Result<Vec<String>, ProtocolError> {
    let table: PartnerChecks = protocol.table("partner_checks")?;
    Ok(table.agencies.into_iter().map(|agency| agency.code).collect())
}
