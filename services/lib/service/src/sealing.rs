//! The sealing of the read log (R62): committed reads are chained in the background, so
//! that no read waits for another one.

use std::time::Duration;

use messaging::unless_gone;
use runtime::tasks::Tasks;
use sqlx::PgPool;
use tokio::time::Instant;

/// How often it looks for reads to seal.
const LOOK: Duration = Duration::from_secs(1);
/// How often it tells how far the chain reaches. Logs are kept elsewhere than the database:
/// a chain that was made anew by whoever holds the database does not fit them.
const TELL: Duration = Duration::from_secs(600);

/// Seals until the process stops. What is not sealed then is sealed after its next start,
/// or by another replica.
pub(crate) fn spawn_sealing(reads: PgPool, tasks: &Tasks) {
    let stopping = tasks.stopping();
    tasks.spawn("sealing", async move {
        let (mut working, mut told) = (true, None::<Instant>);
        while stopping.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
            let sealed = unless_gone(access::seal_reads(&reads)).await;
            match &sealed {
                Ok(Some(to)) if told.is_none_or(|told| told.elapsed() >= TELL) => {
                    tracing::info!(reads = to.place, seal = to.seal, "the read log is sealed");
                    told = Some(Instant::now());
                }
                Ok(_) => {}
                Err(error) if working => {
                    tracing::warn!(%error, "the read log waits to be sealed");
                }
                Err(_) => {}
            }
            working = sealed.is_ok();
        }
        Ok(())
    });
}
