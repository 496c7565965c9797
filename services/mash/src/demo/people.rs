//! The people of the day: each calls the services over TLS with a token of their own
//! role, as a form or a desk would for them.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use anyhow::Context;
use proto::{
    deadlines::v1::deadlines_service_client::DeadlinesServiceClient,
    intake::v1::{
        intake_service_client::IntakeServiceClient,
        register_import_service_client::RegisterImportServiceClient,
        register_service_client::RegisterServiceClient,
    },
    partner_checks::v1::partner_checks_service_client::PartnerChecksServiceClient,
    reporting::v1::reporting_service_client::ReportingServiceClient,
    screening::v1::screening_service_client::ScreeningServiceClient,
};
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint},
};

use crate::up::HubState;

/// A channel that carries a person's token.
pub type PersonsChannel = InterceptedService<Channel, Bearer>;

/// Puts a person's token on every call.
#[derive(Clone)]
pub struct Bearer(MetadataValue<Ascii>);

impl Bearer {
    /// The person whose token is in `file`.
    ///
    /// # Errors
    /// Where there is none.
    pub fn read(file: &Path) -> anyhow::Result<Self> {
        let token = fs::read_to_string(file);
        let token = token.with_context(|| format!("cannot read {}", file.display()))?;
        Ok(Self(format!("Bearer {}", token.trim()).parse().context("a token is ASCII")?))
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// Everybody who works at the hub today.
#[derive(Clone)]
pub struct People {
    channels: BTreeMap<String, Channel>,
    tokens: BTreeMap<String, Bearer>,
}

impl People {
    /// The people of a running hub.
    ///
    /// # Errors
    /// Where the hub's state names no address, certificate or token that can be used.
    pub fn of(state: &HubState) -> anyhow::Result<Self> {
        let authority = Certificate::from_pem(fs::read(&state.services_ca)?);
        let mut channels = BTreeMap::new();
        for process in &state.processes {
            let tls =
                ClientTlsConfig::new().ca_certificate(authority.clone()).domain_name("localhost");
            let endpoint = Endpoint::from_shared(format!("https://{}", process.address))?;
            let endpoint = endpoint.tls_config(tls)?.timeout(Duration::from_secs(10));
            channels.insert(process.name.clone(), endpoint.connect_lazy());
        }
        let mut tokens = BTreeMap::new();
        for (role, file) in &state.tokens {
            tokens.insert(role.clone(), Bearer::read(file)?);
        }
        Ok(Self { channels, tokens })
    }

    fn channel(&self, service: &str, role: &str) -> anyhow::Result<(Channel, Bearer)> {
        let channel = self.channels.get(service).with_context(|| format!("no {service} runs"))?;
        let token = self.tokens.get(role).with_context(|| format!("nobody is {role}"))?;
        Ok((channel.clone(), token.clone()))
    }

    /// Intake, called by `role`.
    pub fn intake(&self, role: &str) -> anyhow::Result<IntakeServiceClient<PersonsChannel>> {
        let (channel, token) = self.channel("intake", role)?;
        Ok(IntakeServiceClient::with_interceptor(channel, token))
    }

    /// Intake's register, called by `role`.
    pub fn register(&self, role: &str) -> anyhow::Result<RegisterServiceClient<PersonsChannel>> {
        let (channel, token) = self.channel("intake", role)?;
        Ok(RegisterServiceClient::with_interceptor(channel, token))
    }

    /// Where the register takes imports, called by `role`.
    pub fn register_import(
        &self,
        role: &str,
    ) -> anyhow::Result<RegisterImportServiceClient<PersonsChannel>> {
        let (channel, token) = self.channel("intake", role)?;
        Ok(RegisterImportServiceClient::with_interceptor(channel, token))
    }

    /// Screening, called by `role`.
    pub fn screening(&self, role: &str) -> anyhow::Result<ScreeningServiceClient<PersonsChannel>> {
        let (channel, token) = self.channel("screening", role)?;
        Ok(ScreeningServiceClient::with_interceptor(channel, token))
    }

    /// Partner-checks, called by `role`.
    pub fn partner_checks(
        &self,
        role: &str,
    ) -> anyhow::Result<PartnerChecksServiceClient<PersonsChannel>> {
        let (channel, token) = self.channel("partner-checks", role)?;
        Ok(PartnerChecksServiceClient::with_interceptor(channel, token))
    }

    /// Deadlines, called by `role`.
    pub fn deadlines(&self, role: &str) -> anyhow::Result<DeadlinesServiceClient<PersonsChannel>> {
        let (channel, token) = self.channel("deadlines", role)?;
        Ok(DeadlinesServiceClient::with_interceptor(channel, token))
    }

    /// Reporting, called by `role`.
    pub fn reporting(&self, role: &str) -> anyhow::Result<ReportingServiceClient<PersonsChannel>> {
        let (channel, token) = self.channel("reporting", role)?;
        Ok(ReportingServiceClient::with_interceptor(channel, token))
    }
}
