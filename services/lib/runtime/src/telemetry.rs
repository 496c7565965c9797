//! What a process says while it runs: logs as JSON lines, and traces that follow
//! one contact over gRPC and NATS. Traces are off unless an endpoint is set.
//! Neither carries personal data: spans hold the call's name, ids and codes.

use std::{
    collections::HashMap,
    pin::Pin,
    task::{Context as Poller, Poll},
};

use http::Request;
use opentelemetry::{Context, propagation::TextMapPropagator, trace::TracerProvider};
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::{Resource, propagation::TraceContextPropagator, trace::SdkTracerProvider};
use tower_layer::Layer;
use tower_service::Service;
use tracing::{Instrument, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{EnvFilter, layer::SubscriberExt, util::SubscriberInitExt};

use crate::settings::Settings;

/// The header that carries a trace, of W3C Trace Context.
pub const TRACE_PARENT: &str = "traceparent";

/// What is logged, and where traces go.
#[derive(Clone, Debug)]
pub struct TelemetryConfig {
    /// Which log lines are written, in the syntax of `tracing`'s filters.
    pub log: String,
    /// An OTLP collector (gRPC); without one there are no traces.
    pub otlp_endpoint: Option<String>,
}

impl TelemetryConfig {
    /// Reads `MASH_LOG` (default `info`) and `MASH_OTLP_ENDPOINT`.
    pub fn read(settings: &mut Settings) -> Self {
        Self {
            log: settings.optional("MASH_LOG").unwrap_or_else(|| "info".to_owned()),
            otlp_endpoint: settings.optional("MASH_OTLP_ENDPOINT"),
        }
    }
}

/// Telemetry that runs; hand it to [`Telemetry::flush`] at the end.
#[derive(Debug)]
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// Starts logs and, where an endpoint is set, traces. Once in a process.
    ///
    /// # Errors
    /// A filter that cannot be read, an endpoint that is no address, or telemetry
    /// that was started before.
    pub fn start(service: &str, config: &TelemetryConfig) -> anyhow::Result<Self> {
        let filter = EnvFilter::try_new(&config.log)?;
        let lines = tracing_subscriber::fmt::layer()
            .json()
            .flatten_event(true)
            .with_writer(std::io::stderr);
        let traces = config
            .otlp_endpoint
            .as_deref()
            .map(|endpoint| exporter(service, endpoint))
            .transpose()?;
        let spans = traces
            .as_ref()
            .map(|traces| tracing_opentelemetry::layer().with_tracer(traces.tracer("mash")));
        tracing_subscriber::registry().with(filter).with(lines).with(spans).try_init()?;
        Ok(Self { traces })
    }

    /// Sends what has not been sent yet.
    pub fn flush(self) {
        if let Some(traces) = self.traces {
            // A collector that is away must not fail a shutdown.
            traces.shutdown().ok();
        }
    }
}

fn exporter(service: &str, endpoint: &str) -> anyhow::Result<SdkTracerProvider> {
    let exporter =
        opentelemetry_otlp::SpanExporter::builder().with_tonic().with_endpoint(endpoint).build()?;
    let resource = Resource::builder().with_service_name(format!("mash-{service}")).build();
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}

/// The trace that the present work belongs to, for an event or a call; `None`
/// where nothing is traced.
pub fn trace_parent() -> Option<String> {
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut carrier);
    carrier.remove(TRACE_PARENT)
}

/// Lets a span go on in the trace that `trace_parent` names.
pub fn follow(span: &Span, trace_parent: &str) {
    let carrier = HashMap::from([(TRACE_PARENT.to_owned(), trace_parent.to_owned())]);
    let parent: Context = TraceContextPropagator::new().extract(&carrier);
    // A span that is not recorded has no trace to join.
    span.set_parent(parent).ok();
}

/// Gives every call a span that goes on in the caller's trace.
#[derive(Clone, Copy, Debug)]
pub struct TraceLayer;

impl<S> Layer<S> for TraceLayer {
    type Service = Traced<S>;

    fn layer(&self, inner: S) -> Traced<S> {
        Traced { inner }
    }
}

/// A service whose calls are traced.
#[derive(Clone, Debug)]
pub struct Traced<S> {
    inner: S,
}

impl<S, Body> Service<Request<Body>> for Traced<S>
where
    S: Service<Request<Body>>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, poller: &mut Poller<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(poller)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let span = tracing::info_span!("call", rpc.method = request.uri().path());
        if let Some(parent) =
            request.headers().get(TRACE_PARENT).and_then(|value| value.to_str().ok())
        {
            follow(&span, parent);
        }
        Box::pin(self.inner.call(request).instrument(span))
    }
}
