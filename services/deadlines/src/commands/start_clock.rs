//! Starting a clock.

use messaging::Tx;

use super::{CommandError, end_clock::settle};
use crate::{
    domain::clock::NewClock,
    store::{clocks, locks, timers},
};

/// Keeps a clock and its timers. Where its end was heard of before, it meets it, and
/// nothing fires.
pub async fn start_clock(tx: &mut Tx, clock: &NewClock) -> Result<(), CommandError> {
    if !clocks::insert(tx, clock).await? {
        return Ok(());
    }
    let Some(end) = clocks::kept_end(tx, clock.id).await? else {
        return Ok(timers::insert(tx, clock).await?);
    };
    if let Some(clock) = locks::clock(tx, clock.id).await? {
        settle(tx, &clock, &end).await?;
    }
    Ok(())
}
