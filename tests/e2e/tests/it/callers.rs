//! Who is let in, and what becomes of what cannot be read: every RPC of every service.

use http::uri::PathAndQuery;
use prost::Message;
use prost_types::FileDescriptorSet;
use proto::terms::v1::Purpose;
use tonic::{
    Code, Request, Status,
    client::Grpc,
    codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    transport::Channel,
};
use tonic_types::StatusExt;

use crate::hub::{Stage, contact};

/// Sends bytes as they are.
#[derive(Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = ();
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, bytes: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        bytes::BufMut::put_slice(buffer, &bytes);
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::default()
    }
}

impl Decoder for Raw {
    type Item = ();
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<()>, Status> {
        bytes::Buf::advance(buffer, bytes::Buf::remaining(buffer));
        Ok(Some(()))
    }
}

async fn call(
    channel: Channel,
    path: &str,
    token: Option<&str>,
    body: Vec<u8>,
) -> Result<(), Status> {
    let mut client = Grpc::new(channel);
    client.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
    let mut request = Request::new(body);
    if let Some(token) = token {
        request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    }
    let path: PathAndQuery = path.parse().unwrap();
    client.unary(request, path, Raw).await.map(drop)
}

/// Every RPC of the contracts, with the process that offers it.
fn every_rpc() -> Vec<(&'static str, String)> {
    let files = FileDescriptorSet::decode(proto::DESCRIPTOR).unwrap().file;
    let mut rpcs = Vec::new();
    for file in &files {
        let processes: &[&str] = match file.package() {
            "mash.intake.v1" => &["intake"],
            "mash.screening.v1" => &["screening"],
            "mash.partner_checks.v1" => &["partner-checks"],
            "mash.deadlines.v1" => &["deadlines"],
            "mash.reporting.v1" => &["reporting"],
            "mash.partner.v1" => &["adapter-police"],
            "mash.event_log.v1" => {
                &["intake", "screening", "partner-checks", "deadlines", "reporting"]
            }
            other => {
                assert!(file.service.is_empty(), "nobody is known to offer {other}");
                &[]
            }
        };
        for service in &file.service {
            for method in &service.method {
                let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                rpcs.extend(processes.iter().map(|process| (*process, path.clone())));
            }
        }
    }
    rpcs
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rpc_refuses_whom_it_does_not_know_and_what_it_cannot_read() {
    let stage = Stage::start().await;
    let rpcs = every_rpc();
    assert!(rpcs.len() > 30, "{} RPCs", rpcs.len());
    for (process, path) in &rpcs {
        // The door of an agency opens to its certificate only, before any RPC.
        let agency = process.strip_prefix("adapter-");
        if let Some(agency) = agency {
            let nobody = stage.endpoint(process, None).connect_lazy();
            assert!(call(nobody, path, None, Vec::new()).await.is_err(), "{path}");
            let other = if agency == "police" { "health" } else { "police" };
            let channel = stage.endpoint(process, Some(other)).connect_lazy();
            let refused = call(channel, path, None, Vec::new()).await.err().unwrap();
            assert_eq!(refused.code(), Code::PermissionDenied, "{path} to {other}");
            continue;
        }
        let refused =
            call(stage.channel(process).await, path, None, Vec::new()).await.err().unwrap();
        assert_eq!(refused.code(), Code::Unauthenticated, "{path} on {process} lets nobody in");
        let forged = call(stage.channel(process).await, path, Some("e30.e30.e30"), Vec::new())
            .await
            .err()
            .unwrap();
        assert_eq!(
            forged.code(),
            Code::Unauthenticated,
            "{path} on {process} takes a forged token"
        );
    }
    unreadable_requests_get_one_fixed_refusal(&stage).await;
    a_read_without_a_purpose_is_refused(&stage).await;
    stage.hub.stop().await;
}

async fn unreadable_requests_get_one_fixed_refusal(stage: &Stage) {
    let path = "/mash.intake.v1.IntakeService/SubmitContact";
    let token = stage.hub.token("referrer").unwrap();
    let broken = vec![0xff; 40];
    let not_utf8 = [b"\x3a\x04".as_slice(), &[0xff, 0xfe, 0xfd, 0xfc]].concat();
    let too_large = vec![b'x'; 10 * 1024 * 1024];
    let mut said = Vec::new();
    for body in [broken, not_utf8, too_large] {
        let refused =
            call(stage.channel("intake").await, path, Some(token), body).await.err().unwrap();
        let reason = refused.get_details_error_info().map(|info| info.reason);
        said.push((refused.code(), refused.message().to_owned(), reason));
    }
    assert_eq!(said[0].0, Code::InvalidArgument);
    assert_eq!(said[0].2.as_deref(), Some("UNDECODABLE"));
    assert!(said.iter().all(|one| *one == said[0]), "{said:?}");
    stage.intake("referrer").await.submit_contact(contact(false, "after")).await.unwrap();
}

async fn a_read_without_a_purpose_is_refused(stage: &Stage) {
    let mut manager = stage.intake("mash_manager").await;
    let receipt = stage
        .intake("referrer")
        .await
        .submit_contact(contact(false, "read"))
        .await
        .unwrap()
        .into_inner();
    let mut read = proto::intake::v1::GetContactRequest {
        contact_id: receipt.contact_id,
        ..Default::default()
    };
    assert_eq!(
        manager.get_contact(read.clone()).await.err().unwrap().code(),
        Code::InvalidArgument
    );
    read.purpose = Purpose::Screening.into();
    manager.get_contact(read).await.unwrap();
}
