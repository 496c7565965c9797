//! The chain of seals over the read log (R62). A seal is SHA-256 over the seal before it
//! and the read, so that nobody changes, removes or slips in a read without every later
//! seal being wrong. Who can write the whole database can also seal it anew: the end of
//! the chain, which [`seal_reads`] answers and the service logs, is kept elsewhere
//! with the logs, and is what an auditor compares [`verify_reads`] with.

use std::fmt;

use sha2::{Digest, Sha256};
use sqlx::PgPool;

use crate::read_log::{self, Logged};

/// How many reads are sealed in one transaction, or verified at once.
const BATCH: i64 = 1000;

/// 32 bytes; none before the first.
pub(crate) type Seal = Vec<u8>;

/// One seal of the chain.
pub(crate) struct Link {
    /// Its place in the chain: 1, 2, 3 …, without a gap.
    pub(crate) place: i64,
    /// The read that it seals.
    pub(crate) number: i64,
    pub(crate) seal: Seal,
}

/// How far the chain reaches, and the seal there: written down elsewhere, it proves
/// every read up to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedTo {
    /// How many reads are sealed.
    pub place: i64,
    /// The last seal, in hexadecimal digits; empty where nothing is sealed.
    pub seal: String,
}

impl SealedTo {
    fn new(place: i64, seal: &[u8]) -> Self {
        Self { place, seal: seal.iter().map(|byte| format!("{byte:02x}")).collect() }
    }
}

/// What is wrong with a read log, by the first place where it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The read sealed at this place is gone.
    Missing(i64),
    /// The read at this place, or the seal, is not what was sealed.
    Changed(i64),
    /// The chain has a gap before this place.
    Gap(i64),
    /// The chain does not end where it was left.
    End(i64),
    /// So many reads have no seal and wait for none.
    Unsealed(i64),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(place) => write!(f, "the read sealed at {place} is missing"),
            Self::Changed(place) => write!(f, "the read sealed at {place} was changed"),
            Self::Gap(place) => write!(f, "seals before {place} are missing"),
            Self::End(place) => write!(f, "the seals do not end at {place}, where they were left"),
            Self::Unsealed(reads) => write!(f, "{reads} reads have no seal and wait for none"),
        }
    }
}

/// Seals every read that is committed and waits; answers how far the chain then
/// reaches, or `None` where nothing waited. Any replica may do it: they take turns under
/// the lock of the chain's end, which no reader touches.
///
/// # Errors
/// Where the database is away.
pub async fn seal_reads(pool: &PgPool) -> Result<Option<SealedTo>, sqlx::Error> {
    let mut sealed_to = None;
    while read_log::anything_unsealed(pool).await? {
        let mut tx = pool.begin().await?;
        let (mut place, mut seal) = read_log::lock_head(&mut tx).await?;
        let mut links = Vec::new();
        for read in read_log::take_unsealed(&mut tx, BATCH).await? {
            place += 1;
            seal = seal_of(&seal, &read);
            links.push(Link { place, number: read.number, seal: seal.clone() });
        }
        read_log::add_seals(&mut tx, &links).await?;
        tx.commit().await?;
        sealed_to = Some(SealedTo::new(place, &seal));
    }
    Ok(sealed_to)
}

/// Computes the chain again from the reads as they are now.
///
/// # Errors
/// Where the database is away.
pub async fn verify_reads(pool: &PgPool) -> Result<Result<SealedTo, Broken>, sqlx::Error> {
    // One state of the database: reads go on being logged and sealed.
    let mut tx = pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?;
    let end = read_log::head(&mut tx).await?;
    let (mut place, mut seal) = (0, Seal::new());
    loop {
        let links = read_log::links_after(&mut tx, place, BATCH).await?;
        if links.is_empty() {
            break;
        }
        let numbers: Vec<i64> = links.iter().map(|link| link.number).collect();
        let reads = read_log::reads(&mut tx, &numbers).await?;
        for link in links {
            if link.place != place + 1 {
                return Ok(Err(Broken::Gap(link.place)));
            }
            place = link.place;
            let Some(read) = reads.get(&link.number) else {
                return Ok(Err(Broken::Missing(place)));
            };
            seal = seal_of(&seal, read);
            if seal != link.seal {
                return Ok(Err(Broken::Changed(place)));
            }
        }
    }
    if end != (place, seal.clone()) {
        return Ok(Err(Broken::End(end.0)));
    }
    match read_log::count_stray(&mut tx).await? {
        0 => Ok(Ok(SealedTo::new(place, &seal))),
        stray => Ok(Err(Broken::Unsealed(stray))),
    }
}

/// The seal of a read behind another. Every part has its length before it, so that no two
/// reads are written alike.
fn seal_of(previous: &[u8], read: &Logged) -> Seal {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    part(previous);
    part(&read.number.to_be_bytes());
    part(&read.at.to_jiff().as_microsecond().to_be_bytes());
    part(read.actor.as_bytes());
    // A system's path is never empty: nothing stands for none.
    part(read.via.as_deref().unwrap_or_default().as_bytes());
    part(read.action.as_bytes());
    part(&(read.subjects.len() as u64).to_be_bytes());
    read.subjects.iter().for_each(|subject| part(subject.as_bytes()));
    part(read.purpose.as_bytes());
    part(&(read.fields.len() as u64).to_be_bytes());
    read.fields.iter().for_each(|field| part(field.as_bytes()));
    hash.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff_sqlx::ToSqlx;
    use uuid::Uuid;

    use super::*;

    fn read() -> Logged {
        Logged {
            number: 7,
            at: Timestamp::UNIX_EPOCH.to_sqlx(),
            actor: "user-7".to_owned(),
            via: None,
            action: "IntakeService.GetContact".to_owned(),
            subjects: vec![Uuid::from_u128(1), Uuid::from_u128(2)],
            purpose: "screening".to_owned(),
            fields: vec!["concern".to_owned(), "children.name".to_owned()],
        }
    }

    #[test]
    fn r62_every_part_of_a_read_and_the_seal_before_it_are_sealed() {
        let second = Timestamp::from_second(1).unwrap().to_sqlx();
        let joined = vec!["concernchildren.name".to_owned()];
        let seals = [
            seal_of(b"", &read()),
            seal_of(b"before", &read()),
            seal_of(b"", &Logged { number: 8, ..read() }),
            seal_of(b"", &Logged { at: second, ..read() }),
            seal_of(b"", &Logged { actor: "user-8".to_owned(), ..read() }),
            seal_of(b"", &Logged { via: Some("/service/intake".to_owned()), ..read() }),
            seal_of(b"", &Logged { action: "IntakeService.ListContacts".to_owned(), ..read() }),
            seal_of(b"", &Logged { subjects: vec![Uuid::from_u128(1)], ..read() }),
            seal_of(b"", &Logged { purpose: "audit".to_owned(), ..read() }),
            seal_of(b"", &Logged { fields: joined, ..read() }),
        ];
        let different: std::collections::BTreeSet<&Seal> = seals.iter().collect();
        assert_eq!(different.len(), seals.len());
        // A chain made by one version is verified by the next.
        let first = SealedTo::new(1, &seals[0]).seal;
        assert_eq!(first, "9a85a99ebd6ff69a4d24ab8fbf1f9cd64f899b00ab1b99afa1c63e89e1a2f44a");
    }
}
