//! The services of a hub, in the order a contact travels. A new service is one entry here
//! and one in `mash serve`.

use calendar::protocol::Protocol;
use sqlx::migrate::Migrator;

/// A service as the hub sees it.
pub(crate) struct Member {
    /// Its name: log, stream, identity, database, subcommand.
    pub(crate) name: &'static str,
    /// Its own tables.
    pub(crate) migrator: &'static Migrator,
    /// Reads what it takes from a protocol file.
    pub(crate) check_protocol: fn(&Protocol) -> anyhow::Result<()>,
    /// The services whose logs it follows.
    pub(crate) follows: &'static [&'static str],
    /// The services that it asks before it acts, without following them.
    pub(crate) asks: &'static [&'static str],
    /// Whether it sends pages (R18, R43).
    pub(crate) pages: bool,
}

/// All of them.
pub(crate) static SERVICES: &[Member] = &[
    Member {
        name: intake::NAME,
        migrator: &intake::MIGRATOR,
        check_protocol: intake::check_protocol,
        follows: &[],
        asks: &[],
        pages: false,
    },
    Member {
        name: screening::NAME,
        migrator: &screening::MIGRATOR,
        check_protocol: screening::check_protocol,
        follows: &["intake", "partner-checks"],
        asks: &[],
        pages: false,
    },
    Member {
        name: partner_checks::NAME,
        migrator: &partner_checks::MIGRATOR,
        check_protocol: partner_checks::check_protocol,
        follows: &["intake", "screening", "deadlines"],
        asks: &[],
        pages: false,
    },
    Member {
        name: deadlines::NAME,
        migrator: &deadlines::MIGRATOR,
        check_protocol: deadlines::check_protocol,
        follows: &["intake", "screening", "partner-checks"],
        asks: &[],
        pages: true,
    },
    Member {
        name: reporting::NAME,
        migrator: &reporting::MIGRATOR,
        check_protocol: |_| Ok(()),
        follows: &["intake", "screening", "partner-checks", "deadlines"],
        asks: &[],
        pages: false,
    },
];

/// The member of a name.
pub(crate) fn member(name: &str) -> Option<&'static Member> {
    SERVICES.iter().find(|member| member.name == name)
}

/// The names, as a command line's choice.
pub(crate) fn names() -> Vec<&'static str> {
    SERVICES.iter().map(|member| member.name).collect()
}
