//! What a hub tells of itself once it is planned and its servers run.

use std::path::Path;

use provision::Identities;

use super::environment::{address, admin, listen};
use super::launch::{Ground, Plan, children};
use super::members::SERVICES;
use super::state::{AgencyFiles, DatabaseState, HubState, ProcessState};

impl Plan {
    /// What is told of the hub; the process ids follow when the processes start.
    pub(super) fn state(&self, ground: &Ground, identities: &Identities) -> HubState {
        let server = |name: &str, log: &Path| ProcessState {
            name: name.to_owned(),
            address: listen(&self.ports, name),
            admin: None,
            pid: None,
            log: log.to_owned(),
        };
        let child = |name: String| ProcessState {
            address: address(&self.ports, &name),
            admin: Some(listen(&self.ports, &admin(&name))),
            pid: None,
            log: self.log(&name),
            name,
        };
        let servers =
            [server("postgres", ground.postgres.log()), server("nats", ground.nats.log())];
        let children = children(&self.agencies);
        let processes = servers.into_iter().chain(children.map(child)).collect();
        let databases = SERVICES.iter().map(|member| {
            let url = ground.databases[member.name].url.clone();
            let follows = member.follows.iter().map(|name| (*name).to_owned()).collect();
            (member.name.to_owned(), DatabaseState { url, follows })
        });
        let people = identities.signer().people().iter();
        let agencies = self.agencies.iter().map(|agency| {
            let own = identities.agency(agency);
            let files = AgencyFiles {
                certificate: own.certificate,
                key: own.key,
                authority: identities.agencies_ca(),
            };
            (agency.clone(), files)
        });
        HubState {
            pid: std::process::id(),
            authority: self.protocol.authority().to_owned(),
            protocol: self.protocol.version().to_owned(),
            processes,
            databases: databases.collect(),
            tokens: people
                .map(|person| (person.role.to_owned(), person.token_file.clone()))
                .collect(),
            services_ca: identities.services_ca(),
            agencies: agencies.collect(),
            pages: self.own_pages_log(),
        }
    }
}
