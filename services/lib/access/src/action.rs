//! What is called, as policies and the read log name it.

/// The RPC of a request, for example `IntakeService.GetContact`. The
/// [`Guard`](crate::Guard) puts it into the request's extensions beside the caller.
#[derive(Clone, Debug)]
pub struct Action(String);

impl Action {
    pub(crate) fn new(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// The action of a request that came through the guard.
    ///
    /// # Errors
    /// `Internal` where the server has no guard in front of it: a fault of wiring.
    pub fn of<T>(request: &tonic::Request<T>) -> Result<&Self, tonic::Status> {
        request.extensions().get().ok_or_else(|| tonic::Status::internal("internal fault"))
    }

    /// Its name, as policies write it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }

    /// The name of the RPC within its gRPC service.
    #[must_use]
    pub fn rpc(&self) -> &str {
        self.0.rsplit_once('.').map_or(&self.0, |(_, rpc)| rpc)
    }
}
