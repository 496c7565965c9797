//! Those who submit contacts: in a closed loop, as fast as intake answers, or at a
//! steady rate whether it answers or not.

use std::time::Duration;

use tokio::{
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval},
};
use uuid::Uuid;

use crate::{contact::referral, member::Client};

/// Submits with every client in a closed loop; gives contacts accepted per second.
///
/// # Errors
/// The first refusal.
pub async fn closed_loop(clients: &[Client], time: Duration) -> anyhow::Result<f64> {
    let began = Instant::now();
    let mut loops = JoinSet::new();
    for client in clients {
        let mut client = client.clone();
        loops.spawn(async move {
            let mut accepted = 0_u32;
            while began.elapsed() < time {
                client.submit_contact(referral(false)).await?;
                accepted += 1;
            }
            anyhow::Ok(accepted)
        });
    }
    let mut accepted = 0;
    while let Some(done) = loops.join_next().await {
        accepted += done??;
    }
    Ok(f64::from(accepted) / began.elapsed().as_secs_f64())
}

/// A load of contacts, every so many-th of which is Section 47.
#[derive(Clone, Copy, Debug)]
pub struct Steady {
    /// Contacts a second.
    pub rate: u32,
    /// For how long.
    pub time: Duration,
    /// One in so many is Section 47.
    pub section_47_in: u32,
}

/// A contact that was submitted.
#[derive(Clone, Copy, Debug)]
pub struct Submitted {
    /// Its id.
    pub contact: Uuid,
    /// Whether somebody is paged for it.
    pub section_47: bool,
    /// When the client began to send it.
    pub at: Instant,
}

impl Steady {
    /// Submits at this rate by `submit`, which gets the number of the contact and
    /// whether it is Section 47, and gives its id.
    ///
    /// # Errors
    /// The first that was not taken.
    pub async fn apply<F>(
        self,
        mut submit: impl FnMut(u32, bool) -> F,
    ) -> anyhow::Result<Vec<Submitted>>
    where
        F: Future<Output = anyhow::Result<Uuid>> + Send + 'static,
    {
        let mut ticks = interval(Duration::from_secs(1) / self.rate);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut under_way = JoinSet::new();
        for number in 0..self.rate * self.time.as_secs() as u32 {
            ticks.tick().await;
            let section_47 = number % self.section_47_in == 0;
            let submitting = submit(number, section_47);
            let at = Instant::now();
            under_way.spawn(async move {
                let contact = submitting.await?;
                anyhow::Ok(Submitted { contact, section_47, at })
            });
        }
        let mut submitted = Vec::new();
        while let Some(done) = under_way.join_next().await {
            submitted.push(done??);
        }
        Ok(submitted)
    }
}
