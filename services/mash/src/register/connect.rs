//! Where the register is: in the hub that runs on this machine, or at the address named.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use proto::intake::v1::register_import_service_client::RegisterImportServiceClient;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};

use crate::cli::WrongInput;
use crate::demo::people::Bearer;
use crate::up::HubState;

/// The role that imports episodes, and no other.
const ROLE: &str = "case_system";
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Calls intake as the case system.
pub(super) type Client = RegisterImportServiceClient<InterceptedService<Channel, Bearer>>;

/// Where intake is found, and who calls it.
#[derive(Args)]
pub(super) struct Place {
    /// The folder of the hub that runs on this machine
    #[arg(long, default_value = ".mash")]
    folder: PathBuf,
    /// Intake's address, host:port, where no hub runs on this machine
    #[arg(long, requires = "authority", requires = "token_file")]
    address: Option<String>,
    /// The authority that intake's certificate comes from, PEM
    #[arg(long)]
    authority: Option<PathBuf>,
    /// A file with a token of the role case_system
    #[arg(long)]
    token_file: Option<PathBuf>,
}

impl Place {
    /// A client. Nothing is sent until it is used.
    pub(super) fn connect(&self) -> anyhow::Result<Client> {
        let (address, authority, token) = self.find()?;
        runtime::tls::install_provider();
        let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(read(&authority)?));
        let endpoint = Endpoint::from_shared(format!("https://{address}"));
        let endpoint = endpoint.map_err(|_| WrongInput("--address is written host:port".into()))?;
        let endpoint = endpoint
            .tls_config(tls)
            .context("the authority's certificate cannot be used")?
            .connect_timeout(CONNECT_WITHIN)
            .http2_keep_alive_interval(CONNECT_WITHIN)
            .keep_alive_timeout(CONNECT_WITHIN);
        let bearer = Bearer::read(&token)?;
        Ok(RegisterImportServiceClient::with_interceptor(endpoint.connect_lazy(), bearer))
    }

    /// Address, authority and token.
    fn find(&self) -> anyhow::Result<(String, PathBuf, PathBuf)> {
        if let (Some(address), Some(authority), Some(token)) =
            (&self.address, &self.authority, &self.token_file)
        {
            return Ok((address.clone(), authority.clone(), token.clone()));
        }
        let state = HubState::read(&self.folder)?;
        let intake = state.process("intake").context("no intake runs")?.address.clone();
        let authority = self.authority.clone().unwrap_or_else(|| state.services_ca.clone());
        let token = self.token_file.as_ref().or_else(|| state.tokens.get(ROLE)).cloned();
        Ok((intake, authority, token.with_context(|| format!("nobody is {ROLE}"))?))
    }
}

fn read(file: &Path) -> Result<Vec<u8>, WrongInput> {
    fs::read(file).map_err(|e| WrongInput(format!("{} cannot be read: {e}", file.display())))
}
