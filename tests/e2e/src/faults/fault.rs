//! What is done to the hub.

use std::time::Duration;

use async_nats::HeaderMap;
use uuid::Uuid;

use super::{
    chance::Chance,
    role::SOURCE,
    stage::{Process, Stage},
};

/// One fault. Each ends with everything running again.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// kill -9 of a source process: numbering and publishing stop where they are.
    SourceKilled,
    /// kill -9 of a follower process.
    FollowerKilled,
    /// A source process stands still for longer than its lease, then goes on.
    SourceFrozen,
    /// A follower stands still, perhaps inside a transaction, then goes on.
    FollowerFrozen,
    /// kill -9 of the broker.
    BrokerKilled,
    /// kill -9 of the broker, and all that it stored is gone.
    BrokerRobbed,
    /// The broker holds its connections and answers nothing.
    BrokerFrozen,
    /// kill -9 of the database's processes.
    DatabaseKilled,
    /// The mark of what was published is older than what was: a publisher that was
    /// killed between sending and marking.
    MarkLost,
    /// Forged, doubled, old and unreadable messages.
    Forged,
}

const ALL: [Fault; 10] = [
    Fault::SourceKilled,
    Fault::FollowerKilled,
    Fault::SourceFrozen,
    Fault::FollowerFrozen,
    Fault::BrokerKilled,
    Fault::BrokerRobbed,
    Fault::BrokerFrozen,
    Fault::DatabaseKilled,
    Fault::MarkLost,
    Fault::Forged,
];

impl Fault {
    /// Any of them.
    pub fn choose(chance: &mut Chance) -> Self {
        ALL[chance.below(ALL.len())]
    }

    /// Makes the fault and ends it.
    pub async fn make(self, stage: &mut Stage, chance: &mut Chance) -> anyhow::Result<()> {
        let which = chance.below(2);
        let short = Duration::from_millis(50 + chance.below(400) as u64);
        match self {
            Self::SourceKilled => kill(&mut stage.sources[which], short).await,
            Self::FollowerKilled => kill(&mut stage.followers[which], short).await,
            Self::SourceFrozen => freeze(&stage.sources[which], Duration::from_secs(6)).await,
            Self::FollowerFrozen => freeze(&stage.followers[which], Duration::from_secs(3)).await,
            Self::BrokerKilled => {
                stage.broker.kill().await;
                tokio::time::sleep(short).await;
                Ok(stage.broker.restart().await?)
            }
            Self::BrokerRobbed => {
                stage.broker.kill().await;
                std::fs::remove_dir_all(stage.broker.storage())?;
                Ok(stage.broker.restart().await?)
            }
            Self::BrokerFrozen => {
                stage.broker.freeze();
                tokio::time::sleep(Duration::from_secs(2) + short).await;
                stage.broker.thaw();
                Ok(())
            }
            Self::DatabaseKilled => {
                stage.database.kill().await;
                tokio::time::sleep(short).await;
                Ok(stage.database.restart().await?)
            }
            Self::MarkLost => lose_mark(stage).await,
            Self::Forged => forge(stage, chance).await,
        }
    }
}

async fn kill(process: &mut Process, pause: Duration) -> anyhow::Result<()> {
    process.kill().await?;
    tokio::time::sleep(pause).await;
    process.start()
}

async fn freeze(process: &Process, pause: Duration) -> anyhow::Result<()> {
    process.signal(rustix::process::Signal::STOP)?;
    tokio::time::sleep(pause).await;
    process.signal(rustix::process::Signal::CONT)
}

async fn lose_mark(stage: &Stage) -> anyhow::Result<()> {
    let mut connection = stage.source_connection().await?;
    sqlx::raw_sql(
        "UPDATE messaging.publisher SET published = greatest(0, published - 20), held_to = 'epoch'",
    )
    .execute(&mut connection)
    .await?;
    Ok(())
}

/// Publishes what no log holds: unreadable, at an old position, right at the end and
/// far beyond it.
async fn forge(stage: &Stage, chance: &mut Chance) -> anyhow::Result<()> {
    let broker = async_nats::connect(stage.broker.url()).await?;
    let subject = format!("mash.{SOURCE}.v1.BasisRecorded");
    broker.publish(subject.clone(), "unreadable".into()).await?;
    for position in [1, 1 + chance.below(100), 1 + chance.below(1000), 1_000_000] {
        let mut headers = HeaderMap::new();
        headers.insert("ce-id", Uuid::new_v4().to_string());
        headers.insert("ce-type", subject.as_str());
        headers.insert("ce-time", "2026-11-22T09:00:00Z");
        headers.insert("ce-position", position.to_string());
        headers.insert("ce-aggregate", Uuid::new_v4().to_string());
        headers.insert("ce-revision", "1");
        headers.insert("ce-previous", Uuid::new_v4().to_string());
        broker.publish_with_headers(subject.clone(), headers, "forged".into()).await?;
    }
    Ok(broker.flush().await?)
}
