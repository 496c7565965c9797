//! A batch of notices, taken in (R14): each in a transaction of its own and answered after
//! its commit, so that whoever is cut off knows what is safe, and a broken one holds up
//! none of the others. A few are under way at once; the answers keep their order.

use std::sync::Arc;

use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use messaging::command::{BeginError, Begun, BodyHash, CommandKey};
use proto::intake::v1::{
    BatchSummary, NoticeProblem, NoticeRefused, NoticeTaken, SubmitNoticesRequest,
    SubmitNoticesResponse, submit_notices_response::Part,
};
use tonic::{Code, Status, Streaming, codegen::BoxStream};
use uuid::Uuid;

use super::reading::{Read, Reading, Sound, problem};
use crate::{
    api::Api,
    commands::{
        notices::{Taken, take_notice},
        submit_contact::SubmitError,
    },
    domain::{
        advice::{Advice, advice},
        notice::Origin,
        urgency::Urgency,
    },
    events::notices::priority,
};

/// Notices of a stream that are under way at once; each holds a connection to the database.
const UNDER_WAY: usize = 4;

/// What takes in the notices of a batch.
pub struct Batch {
    api: Api,
    sender: String,
    id: Uuid,
}

/// What became of one notice.
type Outcome = Result<NoticeTaken, Vec<NoticeProblem>>;

impl Batch {
    /// Reads the header of a batch and gives the answers to its notices. Nothing is taken
    /// in much faster than they are read.
    pub async fn answers(
        api: Api,
        sender: String,
        parts: Streaming<SubmitNoticesRequest>,
    ) -> Result<BoxStream<SubmitNoticesResponse>, Status> {
        let reading = Reading::open(parts, api.clone()).await?;
        let batch = Arc::new(Self { api, sender, id: reading.batch() });
        let notices = stream::try_unfold(reading, |mut reading| async move {
            Ok(reading.next().await?.map(|notice| (notice, reading)))
        });
        // What ends the batch takes its turn too, behind the answers to what is under way.
        let answers = notices.map(move |notice: Result<Read, Status>| {
            let batch = batch.clone();
            async move { batch.answer(notice?).await }
        });
        Ok(Box::pin(summed_up(answers.buffered(UNDER_WAY))))
    }

    async fn answer(&self, Read { number, urgency, content }: Read) -> Result<Part, Status> {
        let outcome = match content {
            Err(problems) => Err(problems),
            Ok(sound) => match self.take(number, *sound).await {
                // The hub's own fault with one must not keep out those behind it.
                Err(fault) if fault.code() == Code::Internal => {
                    Err(vec![problem("contact", "could not be recorded: a fault of the hub (R14)")])
                }
                outcome => outcome?,
            },
        };
        Ok(match outcome {
            Ok(taken) => Part::Taken(taken),
            Err(problems) => Part::Refused(self.refused(number, urgency, problems)),
        })
    }

    /// A notice that is not taken is nobody's to look at until it is sent again: operators
    /// see that there are such, and whoever sent it is told what to do at once (R5, R10, R14).
    fn refused(
        &self,
        number: i32,
        urgency: Urgency,
        problems: Vec<NoticeProblem>,
    ) -> NoticeRefused {
        let urgent = if urgency.is_urgent() { "true" } else { "false" };
        self.api.refused_notices.with_label_values(&[urgent]).inc();
        let is_open = self.api.rules.calendar().is_open(self.api.log.clock().now());
        let Advice { lines, edt_telephone } =
            advice(urgency.immediate_danger, is_open, &self.api.rules.intake.texts);
        NoticeRefused { number, problems, advice: lines, edt_telephone }
    }

    /// Takes a notice in, once: its batch and number are its request id (R12).
    ///
    /// # Errors
    /// What keeps every notice from being taken in, such as a database that is away.
    async fn take(&self, number: i32, notice: Sound) -> Result<Outcome, Status> {
        let Sound { request_id, given, contact, repeats } = notice;
        let key = CommandKey::new(&self.sender, "SubmitNotices", request_id, BodyHash::of(&given));
        let mut tx = match self.api.log.begin_command(key).await {
            Ok(Begun::First(tx)) => tx,
            Ok(Begun::Again(reply)) => return Ok(Ok(NoticeTaken { again: true, ..reply })),
            Err(BeginError::Reused) => {
                let why = "was used in this batch for another notice (R14)";
                return Ok(Err(vec![problem("number", why)]));
            }
            Err(error) => return Err(error.into()),
        };
        let origin = Origin { sender: self.sender.clone(), batch: self.id, number };
        let taken = match take_notice(&mut tx, contact, (origin, repeats), &self.api.rules).await {
            Ok(taken) => taken,
            Err(error) => match problem_of(&error) {
                Some(problem) => return Ok(Err(vec![problem])),
                None => return Err(error.into()),
            },
        };
        let reply = reply(number, &taken);
        tx.commit_reply(&reply).await?;
        Ok(Ok(reply))
    }
}

/// What is wrong with a notice that was refused for what it says: that keeps out no other.
/// `None` where it was refused for nothing that its sender could put right.
fn problem_of(refused: &SubmitError) -> Option<NoticeProblem> {
    match refused {
        SubmitError::UnknownSubject(place) => {
            let field = format!("contact.subjects[{place}].subject_id");
            Some(problem(&field, "is not on record (R5)"))
        }
        SubmitError::Append(_) | SubmitError::Store(_) => None,
    }
}

/// The answers, with the summary behind the last one.
fn summed_up(
    answers: impl Stream<Item = Result<Part, Status>> + Send + 'static,
) -> impl Stream<Item = Result<SubmitNoticesResponse, Status>> + Send {
    let begun = (Box::pin(answers), Some(BatchSummary::default()));
    stream::try_unfold(begun, |(mut answers, summary)| async move {
        let Some(mut summary) = summary else { return Ok(None) };
        let (part, summary) = match answers.try_next().await? {
            None => (Part::Summary(summary), None),
            Some(part) => {
                count(&mut summary, &part);
                (part, Some(summary))
            }
        };
        Ok(Some((SubmitNoticesResponse { part: Some(part) }, (answers, summary))))
    })
}

fn count(summary: &mut BatchSummary, part: &Part) {
    match part {
        Part::Taken(taken) if taken.again => summary.again += 1,
        Part::Taken(_) => summary.taken += 1,
        Part::Refused(_) => summary.refused += 1,
        Part::Summary(_) => {}
    }
}

fn reply(number: i32, taken: &Taken) -> NoticeTaken {
    NoticeTaken {
        number,
        notice_id: taken.notice.to_string(),
        contact_id: taken.contact.to_string(),
        reference: taken.reference.to_string(),
        proposed: priority(taken.proposed).into(),
        again: false,
        advice: taken.advice.lines.clone(),
        edt_telephone: taken.advice.edt_telephone.clone(),
    }
}
