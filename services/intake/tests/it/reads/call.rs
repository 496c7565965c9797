//! A call of any RPC, by its name.

use harness::Stage;
use prost::{
    Message,
    bytes::{Buf, BufMut},
};
use tonic::{
    Request, Response, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    service::interceptor::InterceptedService,
};
use uuid::Uuid;

use crate::stage::Intake;

/// What is asked of an RPC, by whom, and what the read log says of it: whom it showed, among
/// others, and why. An answer in which nobody is shown stands in no log.
pub struct Row {
    pub rpc: &'static str,
    role: &'static str,
    asked: Vec<u8>,
    pub shown: Vec<Uuid>,
    pub purpose: &'static str,
}

impl Row {
    pub fn of(
        rpc: &'static str,
        role: &'static str,
        asked: &impl Message,
        (shown, purpose): (&[&str], &'static str),
    ) -> Self {
        let shown = shown.iter().map(|id| id.parse().unwrap()).collect();
        Self { rpc, role, asked: asked.encode_to_vec(), shown, purpose }
    }

    /// The same with fields behind it, each of which counts over its like before it.
    pub fn and(&self, fields: &[u8]) -> Self {
        Self { asked: [&self.asked, fields].concat(), shown: self.shown.clone(), ..*self }
    }

    /// What it answers, as bytes.
    pub async fn call(&self, intake: &Intake) -> Result<Vec<u8>, Status> {
        let (stage, address) = (Stage::shared(), &intake.place.address);
        let channel = match self.rpc {
            // A service asks for it, on behalf of a person.
            "IntakeService.GetDisclosure" => {
                stage.channel_as(address, &stage.identities().service("partner-checks")).await
            }
            _ => stage.channel(address).await,
        };
        let bearer = stage.person(self.role, intake.clock.now());
        let mut grpc = Grpc::new(InterceptedService::new(channel, bearer));
        grpc.ready().await.unwrap();
        let path = format!("/mash.intake.v1.{}", self.rpc.replace('.', "/")).parse().unwrap();
        grpc.unary(Request::new(self.asked.clone()), path, Raw).await.map(Response::into_inner)
    }
}

/// Bytes as they are: what is asked of any RPC, and what it answers.
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
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

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining()).to_vec()))
    }
}
