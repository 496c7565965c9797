//! The bell: an event on the agency's subject says that there is something to ask for.
//! It is only ever a sign to look; what it says is not read.

use futures_util::StreamExt;
use messaging::broker::{self, BrokerConfig};
use runtime::tasks::Tasks;
use tokio::sync::watch;

use crate::config::AgencyCode;

/// Changes whenever the bell rings.
pub type Bell = watch::Receiver<()>;

/// Listens until the process stops. While the broker is away nothing rings, and the
/// streams look by their timer.
///
/// # Errors
/// Where the broker's address is wrong.
pub async fn listen(
    agency: &AgencyCode,
    config: &BrokerConfig,
    tasks: &Tasks,
) -> anyhow::Result<Bell> {
    let agency = agency.as_str();
    let client = broker::connect(&format!("adapter-{agency}"), config).await?;
    let mut rings =
        client.subscribe(format!("mash.partner_checks.v1.CheckRequested.{agency}")).await?;
    let (bell, listeners) = watch::channel(());
    let stopping = tasks.stopping();
    tasks.spawn("bell", async move {
        let ringing = async {
            while rings.next().await.is_some() {
                bell.send_replace(());
            }
            // Its connection is gone for good; the timer goes on.
            tracing::error!("the bell has fallen silent");
            std::future::pending::<()>().await;
        };
        stopping.run_until_cancelled(ringing).await;
        // The connection lives as long as the bell.
        drop(client);
        Ok(())
    });
    Ok(listeners)
}
