//! One trace follows one contact, from the caller over gRPC and NATS to the page.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    common::v1::any_value::Value,
    trace::v1::ResourceSpans,
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

use crate::hub::{Stage, contact, eventually};

/// A collector that remembers which service has spans in which trace.
#[derive(Clone, Default)]
struct Collector {
    services: Arc<Mutex<BTreeMap<Vec<u8>, BTreeSet<String>>>>,
    text: Arc<Mutex<String>>,
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        for resource in request.into_inner().resource_spans {
            self.text.lock().unwrap().push_str(&format!("{resource:?}"));
            let service = service_name(&resource);
            for span in resource.scope_spans.into_iter().flat_map(|scope| scope.spans) {
                let mut services = self.services.lock().unwrap();
                services.entry(span.trace_id).or_default().insert(service.clone());
            }
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

fn service_name(spans: &ResourceSpans) -> String {
    let attributes = spans.resource.iter().flat_map(|resource| &resource.attributes);
    let name =
        attributes.filter(|attribute| attribute.key == "service.name").find_map(|attribute| {
            match attribute.value.as_ref()?.value.as_ref()? {
                Value::StringValue(name) => Some(name.clone()),
                _ => None,
            }
        });
    name.unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_follows_a_contact_from_the_caller_to_the_page() {
    let collector = Collector::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let serving = Server::builder().add_service(TraceServiceServer::new(collector.clone()));
    tokio::spawn(serving.serve_with_incoming(TcpListenerStream::new(listener)));
    let stage = Stage::start_with(|options| options.otlp_endpoint = Some(endpoint)).await;

    let mut request = Request::new(contact(true, "Traceable"));
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    request.metadata_mut().insert("traceparent", parent.parse().unwrap());
    stage.intake("referrer").await.submit_contact(request).await.unwrap();

    let trace: Vec<u8> = (0..32)
        .step_by(2)
        .map(|at| u8::from_str_radix(&parent[3 + at..5 + at], 16).unwrap())
        .collect();
    let expected = ["mash-intake", "mash-screening", "mash-deadlines", "mash-reporting"];
    eventually("every service has a span in the caller's trace", async || {
        let services = collector.services.lock().unwrap();
        services.get(&trace).is_some_and(|seen| expected.iter().all(|name| seen.contains(*name)))
    })
    .await;
    assert!(
        !collector.text.lock().unwrap().contains("Traceable"),
        "r63: a trace holds a person's words"
    );
    stage.hub.stop().await;
}
