//! Reading an import: a few hundred rows at a time, in the order in which they are sent.

use jiff::Timestamp;
use prost::Message;
use proto::intake::v1::{
    EpisodeRow, ImportEpisodesRequest, RowRefused, import_episodes_request::Part as Sent,
};
use runtime::refusal::refusal;
use tonic::{Code, Status, Streaming};
use uuid::Uuid;

use super::parse;
use crate::{
    api::{Api, parts::Parts},
    commands::register::import::{Numbered, Part},
    domain::register_import::Mark,
};

/// The highest number of a row, and so the most rows of an import.
const MOST_ROWS: i32 = 1_000_000;
/// Rows that are taken in one transaction.
const TOGETHER: usize = 500;

/// An import that is being read.
pub struct Reading {
    parts: Parts<ImportEpisodesRequest>,
    import: Uuid,
    system: String,
    api: Api,
    at: Mark,
    as_of: Timestamp,
}

/// Rows that were read together.
pub struct Read {
    /// They, the bad ones too.
    pub part: Part,
    /// The bad ones, with every field that is wrong.
    pub refused: Vec<RowRefused>,
    /// What comes behind them.
    pub then: Then,
}

/// What comes behind rows.
pub enum Then {
    /// Other rows.
    More,
    /// The end of the stream.
    End,
    /// Something that ends the stream before its end.
    Broken(Status),
}

impl Reading {
    /// Opens an import with its header, which comes first.
    pub async fn open(stream: Streaming<ImportEpisodesRequest>, api: Api) -> Result<Self, Status> {
        let mut parts = Parts::of(stream);
        let Some(ImportEpisodesRequest { part: Some(Sent::Header(header)) }) = parts.next().await?
        else {
            return Err(out_of_order());
        };
        let (import, system) = parse::header(header)?;
        let (at, as_of) = (Mark::of(&system), api.log.clock().now());
        Ok(Self { parts, import, system, api, at, as_of })
    }

    /// Rows are read as of when the import was begun, however often it is gone on with: one that
    /// was refused because it lay in the future is refused then too, and does not count as taken
    /// (R12).
    pub fn as_of(&mut self, begun_at: Timestamp) {
        self.as_of = begun_at;
    }

    /// The import, as its sender names it, and its system.
    pub fn import(&self) -> (Uuid, &str) {
        (self.import, &self.system)
    }

    /// The place behind the last row that was read.
    pub fn at(&self) -> Mark {
        self.at
    }

    /// The next rows.
    pub async fn next(&mut self) -> Read {
        let mut read = Read {
            part: Part { from: self.at, rows: Vec::new() },
            refused: Vec::new(),
            then: Then::More,
        };
        while read.part.rows.len() < TOGETHER {
            match self.next_row().await {
                Ok(Some(row)) => self.add(row, &mut read),
                Ok(None) => {
                    read.then = Then::End;
                    break;
                }
                Err(broken) => {
                    read.then = Then::Broken(broken);
                    break;
                }
            }
        }
        read
    }

    async fn next_row(&mut self) -> Result<Option<EpisodeRow>, Status> {
        let row = match self.parts.next().await? {
            None => return Ok(None),
            Some(ImportEpisodesRequest { part: Some(Sent::Row(row)) }) => row,
            Some(ImportEpisodesRequest { part: Some(Sent::Header(_)) | None }) => {
                return Err(out_of_order());
            }
        };
        if row.number > MOST_ROWS {
            return Err(too_many());
        }
        if row.number <= self.at.position { Err(out_of_order()) } else { Ok(Some(row)) }
    }

    fn add(&mut self, row: EpisodeRow, read: &mut Read) {
        let number = row.number;
        self.at = self.at.behind(number, &row.encode_to_vec());
        let row = match parse::row(row, &self.system, (&self.api.rules.codes, self.as_of)) {
            Ok(row) => Some(row),
            Err(problems) => {
                read.refused.push(RowRefused { number, problems });
                None
            }
        };
        read.part.rows.push(Numbered { behind: self.at, row });
    }
}

fn out_of_order() -> Status {
    let text = "an import is one header, and then rows, each with a higher number than the one \
                before; those answered are safe";
    refusal(Code::InvalidArgument, "IMPORT_OUT_OF_ORDER", text, &[("rule", "R9".to_owned())])
}

fn too_many() -> Status {
    refusal(
        Code::ResourceExhausted,
        "IMPORT_TOO_LARGE",
        "the import has more rows than one may have; those answered are safe",
        &[("most", MOST_ROWS.to_string())],
    )
}
