//! `mash migrate`: the tables of one service, made under a login that may change tables.
//! A service runs without that right, so this comes before it in a deployment.

use clap::Args;
use runtime::settings::Settings;

use crate::cli::WrongInput;
use crate::up::members;

/// What `mash migrate` is asked.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Whose tables
    #[arg(value_parser = members::names())]
    service: String,
}

/// Makes the tables, or brings them to this version.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let mut settings = Settings::from_environment();
    let url: Option<String> = settings.required("MASH_MIGRATE_DATABASE_URL");
    let url = settings.finish(url).map_err(|e| WrongInput(e.to_string()))?;
    // The parser let only members through.
    if let Some(member) = members::member(&arguments.service) {
        service::migrate(&url, member.migrator).await?;
        println!("the tables of {} are those of this version", member.name);
    }
    Ok(())
}
