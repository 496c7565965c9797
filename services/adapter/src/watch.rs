//! One agency's stream of requests: what it has not acknowledged, and each new one as
//! it comes. Looks when it begins, when the bell rings, and every two seconds.

use std::{collections::HashSet, time::Duration};

use proto::partner::v1::WatchRequestsResponse;
use tokio::{
    sync::mpsc::Sender,
    time::{MissedTickBehavior, interval},
};
use tonic::Status;

use crate::{bell::Bell, hub::Hub};

/// How often the stream looks, should the bell be silent.
const LOOK: Duration = Duration::from_secs(2);

/// A stream that is being served.
pub struct Watch {
    hub: Hub,
    bell: Bell,
    requests: Sender<Result<WatchRequestsResponse, Status>>,
    /// Requests sent on this stream and not acknowledged, by check.
    sent: HashSet<String>,
    hub_is_away: bool,
}

/// The agency's system has gone, and with it the need to go on.
struct Gone;

impl Watch {
    /// A stream that has sent nothing yet.
    pub fn new(
        hub: Hub,
        bell: Bell,
        requests: Sender<Result<WatchRequestsResponse, Status>>,
    ) -> Self {
        Self { hub, bell, requests, sent: HashSet::new(), hub_is_away: false }
    }

    /// Serves the stream until the agency's system goes. While partner-checks is away
    /// the stream stays, and goes on when it is back (R46).
    pub async fn run(mut self) {
        let mut timer = interval(LOOK);
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            // A ring from here on is seen after this look, so that none is lost.
            self.bell.mark_unchanged();
            match self.look().await {
                Ok(Ok(())) => self.hub_is_away = false,
                Ok(Err(status)) => self.report(&status),
                Err(Gone) => return,
            }
            tokio::select! {
                () = self.requests.closed() => return,
                Ok(()) = self.bell.changed() => {}
                _ = timer.tick() => {}
            }
        }
    }

    /// Sends every undelivered request that this stream has not sent yet.
    async fn look(&mut self) -> Result<Result<(), Status>, Gone> {
        let mut listed = HashSet::new();
        let mut token = String::new();
        loop {
            let stretch = match self.hub.undelivered(token).await {
                Ok(stretch) => stretch,
                Err(status) => return Ok(Err(status)),
            };
            for request in stretch.requests {
                let check = request.check_id.clone();
                if self.sent.insert(check.clone()) {
                    let response = WatchRequestsResponse { request: Some(request) };
                    self.requests.send(Ok(response)).await.map_err(|_| Gone)?;
                }
                listed.insert(check);
            }
            match stretch.next {
                Some(next) => token = next,
                None => break,
            }
        }
        // What is no longer listed is acknowledged and never comes again.
        self.sent = listed;
        Ok(Ok(()))
    }

    /// Says once that requests cannot be asked for, where it lasts.
    fn report(&mut self, status: &Status) {
        if !self.hub_is_away {
            tracing::warn!(code = ?status.code(), "requests cannot be asked for; the stream waits");
        }
        self.hub_is_away = true;
    }
}
