//! An import as it is taken in: some rows, a commit, the answers to them, and on, so that
//! whoever is cut off knows what is safe.

use futures_util::{Stream, TryStreamExt, stream};
use messaging::store_failure;
use proto::intake::v1::{ImportEpisodesResponse, import_episodes_response::Part as Answer};
use tonic::Status;

use super::{
    progress,
    reading::{Read, Reading, Then},
};
use crate::{
    api::Api,
    commands::register::import::{begin, end, take},
    domain::register_import::Tally,
    store::register::imports::ImportKey,
};

/// An import on its way.
pub struct Import {
    api: Api,
    key: ImportKey,
    reading: Reading,
    position: i32,
    tally: Tally,
    then: Then,
}

impl Import {
    /// Begins an import that `sender` sends, or goes on with it.
    pub async fn begin(api: Api, sender: String, mut reading: Reading) -> Result<Self, Status> {
        let (id, system) = reading.import();
        let key = ImportKey { sender, id };
        let mut tx = api.log.begin().await.map_err(|error| store_failure(&error))?;
        let begun_at = begin(&mut tx, &key, system).await?;
        tx.commit().await.map_err(|error| store_failure(&error))?;
        reading.as_of(begun_at);
        let (tally, then) = (Tally::default(), Then::More);
        Ok(Self { api, key, reading, position: 0, tally, then })
    }

    /// The answers to its rows. Nothing is taken in much faster than they are read.
    pub fn answers(
        self,
    ) -> impl Stream<Item = Result<ImportEpisodesResponse, Status>> + Send + 'static {
        let answers = stream::try_unfold(self, |mut import| async move {
            Ok::<_, Status>(import.step().await?.map(|answers| (answers, import)))
        });
        let each = |part| Ok(ImportEpisodesResponse { part: Some(part) });
        answers.map_ok(move |answers| stream::iter(answers.into_iter().map(each))).try_flatten()
    }

    /// The answers to the next rows; `None` when the stream is over.
    async fn step(&mut self) -> Result<Option<Vec<Answer>>, Status> {
        match std::mem::replace(&mut self.then, Then::More) {
            Then::More => {}
            Then::End => return Ok(None),
            Then::Broken(broken) => return Err(broken),
        }
        let Read { part, refused, then } = self.reading.next().await;
        if let Some(last) = part.rows.last() {
            let position = last.behind.position;
            let mut tx = self.api.log.begin().await.map_err(|error| store_failure(&error))?;
            let taken = take(&mut tx, &self.key, &part, &self.api.rules.matcher).await?;
            tx.commit().await.map_err(|error| store_failure(&error))?;
            self.position = position;
            self.tally.add(taken);
        }
        // Each is named as it is met, so that however many there are no more of them wait here
        // than of the rows.
        let mut answers: Vec<Answer> = refused.into_iter().map(Answer::Refused).collect();
        self.then = then;
        answers.push(match self.then {
            Then::End => {
                self.end().await?;
                Answer::Ended(progress(self.position, self.tally))
            }
            Then::More | Then::Broken(_) => Answer::Progress(progress(self.position, self.tally)),
        });
        Ok(Some(answers))
    }

    async fn end(&self) -> Result<(), Status> {
        let mut tx = self.api.log.begin().await.map_err(|error| store_failure(&error))?;
        end(&mut tx, &self.key, self.reading.at()).await?;
        tx.commit().await.map_err(|error| store_failure(&error))
    }
}
