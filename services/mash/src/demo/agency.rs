//! An agency's own system: it comes to its adapter's door with the agency's
//! certificate, takes requests from the stream, and answers in the agency's form.

use std::{fs, time::Duration};

use anyhow::Context;
use proto::partner::v1::{
    AcknowledgeRequestRequest, Answer, AnswerKind, CheckRequest, EducationForm, FlagRiskRequest,
    HealthForm, HousingForm, MarkSeenRequest, PoliceForm, ProbationForm, PublishAnswerRequest,
    WatchRequestsRequest, answer::Form, partner_service_client::PartnerServiceClient,
};
use tonic::{
    Streaming,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};

use super::timeline::Timeline;
use crate::up::HubState;

/// One agency's system.
pub struct Agency {
    code: String,
    client: PartnerServiceClient<Channel>,
    requests: Streaming<proto::partner::v1::WatchRequestsResponse>,
    timeline: Timeline,
}

impl Agency {
    /// Connects to the agency's door and begins to watch for requests.
    ///
    /// # Errors
    /// Where the door does not open.
    pub async fn connect(
        state: &HubState,
        code: &str,
        timeline: &Timeline,
    ) -> anyhow::Result<Self> {
        let files = state.agencies.get(code).with_context(|| format!("no agency {code}"))?;
        let name = format!("adapter-{code}");
        let door = state.process(&name).with_context(|| format!("no {name} runs"))?;
        let tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(fs::read(&files.authority)?))
            .identity(Identity::from_pem(fs::read(&files.certificate)?, fs::read(&files.key)?))
            .domain_name("localhost");
        let endpoint =
            Endpoint::from_shared(format!("https://{}", door.address))?.tls_config(tls)?;
        let mut client = PartnerServiceClient::new(endpoint.connect().await?);
        let requests = client.watch_requests(WatchRequestsRequest {}).await?.into_inner();
        Ok(Self { code: code.to_owned(), client, requests, timeline: timeline.clone() })
    }

    /// Waits for the next request about a contact, and acknowledges it.
    pub async fn receive(&mut self, reference: &str) -> anyhow::Result<CheckRequest> {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(15), self.requests.message()).await;
            let next = next.with_context(|| format!("no request reached {}", self.code))??;
            let request =
                next.and_then(|next| next.request).context("the stream of requests ended")?;
            if request.reference != reference {
                continue;
            }
            let check_id = request.check_id.clone();
            self.client.acknowledge_request(AcknowledgeRequestRequest { check_id }).await?;
            self.timeline.agency_act(
                &self.code,
                "takes the request into its own system",
                reference,
            );
            return Ok(request);
        }
    }

    /// A person there opens the request.
    pub async fn open(&mut self, request: &CheckRequest) -> anyhow::Result<()> {
        self.client.mark_seen(MarkSeenRequest { check_id: request.check_id.clone() }).await?;
        Ok(())
    }

    /// Answers finally, in the agency's own form.
    pub async fn answer(&mut self, request: &CheckRequest, meaning: &str) -> anyhow::Result<()> {
        let answer = Answer {
            kind: AnswerKind::Final.into(),
            nothing_held: false,
            systems_searched: vec![format!("{} case management", self.code)],
            meaning_for_child: meaning.to_owned(),
            form: Some(self.form(meaning)?),
        };
        let late = self.publish(request, answer).await?;
        let how = if late { "answers, late" } else { "answers in time" };
        self.timeline.agency_act(&self.code, how, &request.reference);
        Ok(())
    }

    async fn publish(&mut self, request: &CheckRequest, answer: Answer) -> anyhow::Result<bool> {
        let request = PublishAnswerRequest {
            request_id: super::request_id(),
            check_id: request.check_id.clone(),
            answer: Some(answer),
        };
        Ok(self.client.publish_answer(request).await?.into_inner().late)
    }

    /// Answers finally that the agency holds nothing.
    pub async fn answer_nothing_held(&mut self, request: &CheckRequest) -> anyhow::Result<()> {
        let answer = Answer {
            kind: AnswerKind::Final.into(),
            nothing_held: true,
            systems_searched: vec![format!("{} case management", self.code)],
            meaning_for_child: "Nothing is held; that is not reassurance.".to_owned(),
            form: None,
        };
        self.publish(request, answer).await?;
        self.timeline.agency_act(&self.code, "answers that it holds nothing", &request.reference);
        Ok(())
    }

    /// Says that something raises the risk (R41).
    pub async fn flag(&mut self, request: &CheckRequest, reason: &str) -> anyhow::Result<()> {
        let flag = FlagRiskRequest {
            request_id: super::request_id(),
            check_id: request.check_id.clone(),
            reason: reason.to_owned(),
        };
        self.client.flag_risk(flag).await?;
        self.timeline.agency_act(&self.code, "flags a risk (R41)", &request.reference);
        Ok(())
    }

    fn form(&self, summary: &str) -> anyhow::Result<Form> {
        let summary = summary.to_owned();
        Ok(match self.code.as_str() {
            "police" => Form::Police(PoliceForm {
                domestic_abuse_reports: 2,
                summary,
                ..Default::default()
            }),
            "health" => {
                Form::Health(HealthForm { missed_appointments: 3, summary, ..Default::default() })
            }
            "education" => Form::Education(EducationForm {
                attendance_percent: 81,
                summary,
                ..Default::default()
            }),
            "housing" => {
                Form::Housing(HousingForm { known_to_housing: true, summary, ..Default::default() })
            }
            "probation" => Form::Probation(ProbationForm {
                under_supervision: true,
                summary,
                ..Default::default()
            }),
            other => anyhow::bail!("{other} has no form"),
        })
    }
}
