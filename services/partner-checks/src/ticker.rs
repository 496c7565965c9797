//! The edge of time: a watch over what should have happened and has not. Twice a second it
//! looks at this service's own rows for RED checks that nobody was paged for (R43) or
//! that were not delivered (R46), and for agreements that lapse (R37).
//!
//! Every look decides anew from the rows: nothing is kept in memory, so that a restart
//! finds what has become due meanwhile (R60), and no other service has to work for it.

use std::{error::Error, time::Duration};

use messaging::{EventLog, unless_gone};
use runtime::tasks::Tasks;

use crate::{
    commands::{
        CommandError,
        watch_agreements::tell_lapsing,
        watch_checks::{tell_undelivered, tell_unpaged},
    },
    metrics::Metrics,
    protocol::Rules,
    store::{agreements, watched},
};

/// How often it looks.
const LOOK: Duration = Duration::from_millis(500);
/// How long after the start it looks first: what was paged while this service was down
/// is heard of meanwhile, and raises no false alarm.
const CATCH_UP: Duration = Duration::from_secs(2);

/// Watches until the process stops.
pub fn spawn(log: EventLog, rules: Rules, metrics: Metrics, tasks: &Tasks) {
    let stopping = tasks.stopping();
    tasks.spawn("watch", async move {
        stopping.run_until_cancelled(run(&log, &rules, &metrics)).await;
        Ok(())
    });
}

async fn run(log: &EventLog, rules: &Rules, metrics: &Metrics) {
    tokio::time::sleep(CATCH_UP).await;
    let mut working = true;
    loop {
        let result = unless_gone(look(log, rules, metrics)).await;
        if let Err(error) = &result
            && working
        {
            tracing::error!(%error, cause = ?error.source(), "the watch over RED checks cannot do its work");
        }
        working = result.is_ok();
        tokio::time::sleep(LOOK).await;
    }
}

/// One look. What fails holds up none of the others.
async fn look(log: &EventLog, rules: &Rules, metrics: &Metrics) -> Result<(), CommandError> {
    let told = [
        unpaged(log, rules).await,
        undelivered(log, rules).await,
        agreements(log, rules, metrics).await,
    ];
    gauge(log, rules, metrics).await?;
    told.into_iter().collect()
}

async fn unpaged(log: &EventLog, rules: &Rules) -> Result<(), CommandError> {
    let mut tx = log.begin().await?;
    let watch = rules.watch(tx.now());
    let told = tell_unpaged(&mut tx, &watch).await?;
    tx.commit().await?;
    for check in told {
        tracing::error!(
            check = %check.id, agency = check.agency, deadline = %check.deadline,
            "RED_UNPAGED: a RED check is due and unanswered, and nobody is known to have been paged (R43)"
        );
    }
    Ok(())
}

async fn undelivered(log: &EventLog, rules: &Rules) -> Result<(), CommandError> {
    let mut tx = log.begin().await?;
    let watch = rules.watch(tx.now());
    let told = tell_undelivered(&mut tx, &watch).await?;
    tx.commit().await?;
    for check in told {
        tracing::warn!(
            check = %check.id, agency = check.agency,
            "a RED check is not delivered: the agency is to be telephoned (R46)"
        );
    }
    Ok(())
}

async fn agreements(log: &EventLog, rules: &Rules, metrics: &Metrics) -> Result<(), CommandError> {
    let mut tx = log.begin().await?;
    let now = tx.now();
    let latest = agreements::latest(&mut tx).await?;
    let told = tell_lapsing(&mut tx, &latest, rules).await?;
    tx.commit().await?;
    for confirmation in told {
        tracing::warn!(
            agency = confirmation.agency, lapses_at = %confirmation.lapses_at,
            "the data sharing agreement is to be confirmed anew (R37)"
        );
    }
    for confirmation in latest {
        metrics.agreement(&confirmation.agency, confirmation.days_left(now));
    }
    Ok(())
}

/// Says how it stands, whether or not it could be told.
async fn gauge(log: &EventLog, rules: &Rules, metrics: &Metrics) -> Result<(), CommandError> {
    let now = log.clock().now();
    let mut connection = log.pool().acquire().await?;
    let unpaged = watched::count_unpaged(&mut connection, &rules.watch(now)).await?;
    metrics.looked(now, unpaged);
    Ok(())
}
