//! The edge that looks again at requests for information which lie at the hub (R54): the register
//! may say of those they are about today what it did not say when they came.
//!
//! One request a transaction, the one that was not looked at for the longest time first, so that
//! the work of a round is bounded and a request that cannot be looked at holds up none of the
//! others. Any number of replicas may do it: each passes over what another holds.

use std::{sync::Arc, time::Duration};

use messaging::{EventLog, unless_gone};
use runtime::tasks::Tasks;
use uuid::Uuid;

use crate::{
    commands::information_request::{
        RequestError,
        look_again::{look, postpone, take},
    },
    protocol::Rules,
};

/// How often it is asked whether a request is to be looked at, while none is.
const LOOK: Duration = Duration::from_millis(500);

/// Looks until the process stops.
pub fn spawn(log: EventLog, rules: Arc<Rules>, tasks: &Tasks) {
    let stopping = tasks.stopping();
    tasks.spawn("request watch", async move {
        stopping.run_until_cancelled(run(&log, &rules)).await;
        Ok(())
    });
}

async fn run(log: &EventLog, rules: &Rules) {
    let mut working = true;
    loop {
        let looked = round(log, rules).await;
        if let Err(error) = &looked
            && working
        {
            // The cause may cite values of a row, which are personal.
            tracing::error!(%error, "requests for information cannot all be looked at again");
        }
        working = looked.is_ok();
        if !matches!(looked, Ok(true)) {
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// Looks at one request; answers whether there was one. One that could not be looked at, or not in
/// time, is put behind the others.
async fn round(log: &EventLog, rules: &Rules) -> Result<bool, RequestError> {
    let mut taken = None;
    let looked = unless_gone(look_at_next(log, rules, &mut taken)).await;
    if let (Err(_), Some(request)) = (&looked, taken) {
        unless_gone(put_behind(log, request)).await?;
    }
    looked.map(|()| taken.is_some())
}

async fn look_at_next(
    log: &EventLog,
    rules: &Rules,
    taken: &mut Option<Uuid>,
) -> Result<(), RequestError> {
    let mut tx = log.begin().await?;
    *taken = take(&mut tx).await?;
    if let Some(request) = *taken {
        look(&mut tx, request, rules).await?;
    }
    Ok(tx.commit().await?)
}

async fn put_behind(log: &EventLog, request: Uuid) -> Result<(), RequestError> {
    let mut tx = log.begin().await?;
    postpone(&mut tx, request).await?;
    Ok(tx.commit().await?)
}
