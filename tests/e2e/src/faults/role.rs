//! The processes that are killed: a source that numbers, publishes and answers, and
//! a follower that keeps a ledger.

#![expect(clippy::disallowed_methods, reason = "the ledger is the test's own table")]

use std::{net::SocketAddr, sync::Arc};

use messaging::{
    EventLog, Tx,
    broker::{self, BrokerConfig},
    event_log::DatabaseConfig,
    follower::{FollowerMetrics, Handler, HandlerError},
    received::Received,
};
use proto::intake::v1::BasisRecorded;
use runtime::{admin::Admin, clock::Clock, tasks::Tasks};
use tonic::transport::{Channel, Endpoint, Server};

/// The toy source's service; its events are real contracts.
pub const SOURCE: &str = "intake";
/// A payload that is refused until the follower is cured.
pub const POISON: &str = "poison";

/// The follower's own tables. The line says in which order lines were written.
pub const LEDGER: &str = "
    CREATE TABLE ledger (
        line bigint GENERATED ALWAYS AS IDENTITY, position bigint NOT NULL, event_id uuid NOT NULL,
        aggregate uuid NOT NULL, revision bigint NOT NULL, parked boolean NOT NULL
    );
    CREATE TABLE cure (cured boolean NOT NULL);
    INSERT INTO cure VALUES (false);
";

/// How to be a source.
#[derive(clap::Args)]
pub struct SourceArgs {
    #[arg(long)]
    database: String,
    #[arg(long)]
    broker: String,
    #[arg(long)]
    listen: SocketAddr,
}

/// How to be a follower.
#[derive(clap::Args)]
pub struct FollowerArgs {
    #[arg(long)]
    database: String,
    #[arg(long)]
    broker: String,
    /// Where the source's processes answer.
    #[arg(long, value_delimiter = ',')]
    owners: Vec<String>,
}

fn broker_config(url: String) -> BrokerConfig {
    BrokerConfig { url, login: None, replicas: 1 }
}

/// Numbers, publishes and answers until it is killed.
pub async fn source(args: SourceArgs) -> anyhow::Result<()> {
    let (tasks, admin) = (Tasks::new(), Admin::new());
    let log =
        EventLog::open(SOURCE, &DatabaseConfig::at(&args.database)?, Clock::system(), &admin)?;
    let config = broker_config(args.broker);
    log.spawn_numbering(&tasks);
    log.spawn_publisher(broker::connect(SOURCE, &config).await?, &config, &tasks);
    let server = Server::builder().add_service(log.source()).serve(args.listen);
    tasks.spawn("server", async move { Ok(server.await?) });
    tasks.finished().await
}

/// Follows the source until it is killed.
pub async fn follower(args: FollowerArgs) -> anyhow::Result<()> {
    let (tasks, admin) = (Tasks::new(), Admin::new());
    let log =
        EventLog::open("ledger", &DatabaseConfig::at(&args.database)?, Clock::system(), &admin)?;
    let broker = broker::connect("ledger", &broker_config(args.broker)).await?;
    let endpoints =
        args.owners.iter().map(|owner| Endpoint::from_shared(format!("http://{owner}")));
    let owners = Channel::balance_list(endpoints.collect::<Result<Vec<_>, _>>()?.into_iter());
    let metrics = FollowerMetrics::register(admin.metrics())?;
    log.spawn_follower(SOURCE, Arc::new(Keeper), broker, owners, &metrics, &tasks);
    tasks.finished().await
}

/// Writes a line for each event, and dawdles now and then so that a fault finds it
/// inside a transaction.
struct Keeper;

impl Handler for Keeper {
    async fn apply(&self, tx: &mut Tx, event: &Received) -> Result<(), HandlerError> {
        let told: BasisRecorded = event.decode()?;
        let poisoned = told.basis_id == POISON;
        if poisoned {
            let cured: bool =
                sqlx::query_scalar("SELECT cured FROM cure").fetch_one(&mut **tx).await?;
            if !cured {
                return Err(HandlerError::Refused("poisoned".to_owned()));
            }
        }
        if event.position % 50 == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        }
        let statement = "INSERT INTO ledger (position, event_id, aggregate, revision, parked) \
             SELECT $1, $2, $3, $4, EXISTS (SELECT FROM messaging.parked WHERE source = $5 AND position = $1)";
        sqlx::query(statement)
            .bind(event.position)
            .bind(event.id)
            .bind(event.aggregate)
            .bind(event.revision)
            .bind(SOURCE)
            .execute(&mut **tx)
            .await?;
        Ok(())
    }
}
