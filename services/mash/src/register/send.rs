//! Sending a file: again from its beginning where the connection is lost, for intake goes
//! on where it was (R12).

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use proto::intake::v1::{
    ImportEpisodesRequest, ImportHeader, ImportProgress, RowRefused, import_episodes_request::Part,
    import_episodes_response::Part as Answer,
};
use runtime::clock::Clock;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use uuid::Uuid;

use super::cells::Cells;
use super::connect::Client;
use super::report::Report;
use super::sheet::Sheet;

/// Rows that are read ahead of what is sent.
const READ_AHEAD: usize = 256;
/// Failures in a row, without a step on, after which it is given up.
const TRIES: u32 = 5;
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// How often it is said how far the import is.
const TELL_EVERY: Duration = Duration::from_secs(2);

/// The files of an import.
#[derive(Clone, Copy)]
pub(super) struct Files<'a> {
    /// Its rows.
    pub(super) rows: &'a Path,
    /// Every bad row of it goes there.
    pub(super) bad_rows: &'a Path,
}

/// Sends the rows of a file as the import `(id, system)`, to its end.
///
/// # Errors
/// What intake refuses, and what keeps it from being reached.
pub(super) async fn send(
    mut client: Client,
    (id, system): (Uuid, &str),
    files: Files<'_>,
    rows: i32,
) -> anyhow::Result<Report> {
    let header = ImportHeader { import_id: id.to_string(), system: system.to_owned() };
    let (mut farthest, mut failures, mut told) = (0, 0, Instant::now());
    loop {
        let sent = attempt(&mut client, &header, files, |position| {
            if position > farthest {
                (farthest, failures) = (position, 0);
            }
            if told.elapsed() >= TELL_EVERY {
                told = Instant::now();
                eprintln!("row {position} of {rows}");
            }
        });
        match sent.await {
            Ok(report) => return Ok(report),
            Err(Ended::Passing(status)) if failures < TRIES => {
                failures += 1;
                eprintln!("interrupted ({}); it goes on in a moment", words(&status));
                sleep(AGAIN_AFTER).await;
            }
            Err(Ended::Passing(status) | Ended::Refused(status)) => {
                anyhow::bail!("the import stopped: {}", words(&status));
            }
            Err(Ended::File(error)) => return Err(error),
        }
    }
}

/// Sends all rows on one stream; `tell` hears which row it has come to.
async fn attempt(
    client: &mut Client,
    header: &ImportHeader,
    files: Files<'_>,
    tell: impl FnMut(i32),
) -> Result<Report, Ended> {
    let report = Report::begin(files.bad_rows).map_err(Ended::File)?;
    let (parts, stream) = mpsc::channel(READ_AHEAD);
    let (feeding, header, file) = (parts.clone(), header.clone(), files.rows.to_owned());
    let kept_back = report.clone();
    let feeder = tokio::task::spawn_blocking(move || feed(header, &file, (&feeding, &kept_back)));
    let reading = async {
        feeder.await.context("reading stopped").flatten().map_err(Ended::File)?;
        // Only now has the stream an end: one that breaks off is not taken for a whole one.
        drop(parts);
        Ok(())
    };
    let listening = listen(client, ReceiverStream::new(stream), &report, tell);
    match tokio::try_join!(reading, listening) {
        Ok(_) => Ok(report),
        Err(ended) => {
            // The reading may still go on for a moment.
            report.give_up();
            Err(ended)
        }
    }
}

/// Sends the rows of a file; those that are kept back are reported.
fn feed(
    header: ImportHeader,
    file: &Path,
    (parts, report): (&mpsc::Sender<ImportEpisodesRequest>, &Report),
) -> anyhow::Result<()> {
    let cells = Cells::checked_at(Clock::system().now())?;
    let mut sheet = Sheet::open(super::open(file)?)?;
    // Nobody listens any more where a part cannot be sent; whoever stopped says why.
    let send = |part| parts.blocking_send(ImportEpisodesRequest { part: Some(part) }).is_ok();
    let mut is_heard = send(Part::Header(header));
    while is_heard && let Some((number, row)) = sheet.next()? {
        match cells.read(number, row) {
            Ok(row) => is_heard = send(Part::Row(row)),
            Err(problems) => report.refuse(number, problems)?,
        }
    }
    Ok(())
}

async fn listen(
    client: &mut Client,
    stream: ReceiverStream<ImportEpisodesRequest>,
    report: &Report,
    mut tell: impl FnMut(i32),
) -> Result<(), Ended> {
    let mut answers = client.import_episodes(stream).await?.into_inner();
    while let Some(answer) = answers.message().await? {
        match answer.part {
            Some(Answer::Refused(RowRefused { number, problems })) => {
                report.name(number, problems).map_err(Ended::File)?;
            }
            Some(Answer::Progress(ImportProgress { position, .. })) => tell(position),
            Some(Answer::Ended(progress)) => {
                report.end(progress);
                return Ok(());
            }
            None => {}
        }
    }
    Err(Ended::Passing(Status::unavailable("intake stopped before the end")))
}

/// Why a stream ended before its end.
enum Ended {
    /// The same stream may be sent again.
    Passing(Status),
    /// It would be refused again.
    Refused(Status),
    /// The file cannot be read to its end.
    File(anyhow::Error),
}

impl From<Status> for Ended {
    fn from(status: Status) -> Self {
        match status.code() {
            Code::Unavailable
            | Code::DeadlineExceeded
            | Code::Cancelled
            | Code::Aborted
            | Code::Unknown => Self::Passing(status),
            _ => Self::Refused(status),
        }
    }
}

/// The reason first, where intake gives one.
fn words(status: &Status) -> String {
    match status.get_details_error_info() {
        Some(info) => format!("{}: {}", info.reason, status.message()),
        None => format!("{:?}: {}", status.code(), status.message()),
    }
}
