//! Channels to the other services: mutual TLS with the certificates of now, a
//! connection made when it is first needed and again when it was lost.

use std::{io, time::Duration};

use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint, Uri};
use tower::service_fn;

use crate::tls::ClientTls;

/// How long a question to another service may take, unless the caller says less.
pub const ASK_WITHIN: Duration = Duration::from_secs(3);

/// The address of a service: `host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(String);

/// An address that is not `host:port`.
#[derive(Debug, thiserror::Error)]
#[error("an address is written host:port")]
pub struct AddressError;

impl std::str::FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let uri: Uri = text.parse().map_err(|_| AddressError)?;
        let whole = uri.authority().is_some_and(|authority| authority.as_str() == text);
        if whole && uri.port_u16().is_some() {
            Ok(Self(text.to_owned()))
        } else {
            Err(AddressError)
        }
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A channel to a service. Nothing is sent until it is used.
///
/// # Errors
/// Where the address cannot be one.
pub fn channel(address: &Address, tls: ClientTls) -> Result<Channel, tonic::transport::Error> {
    // The connector below does the TLS, with the certificates of the moment; to
    // tonic the connection looks plain.
    let endpoint = Endpoint::from_shared(format!("http://{address}"))?
        .connect_timeout(Duration::from_secs(2))
        .timeout(ASK_WITHIN)
        .http2_keep_alive_interval(Duration::from_secs(5))
        .keep_alive_timeout(Duration::from_secs(5));
    let connector = service_fn(move |uri: Uri| {
        let tls = TlsConnector::from(tls.borrow().clone());
        async move {
            let (host, port) = uri.host().zip(uri.port_u16()).ok_or(io::ErrorKind::InvalidInput)?;
            let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
            let tcp = TcpStream::connect((host, port)).await?;
            tcp.set_nodelay(true)?;
            io::Result::Ok(TokioIo::new(tls.connect(name, tcp).await?))
        }
    });
    Ok(endpoint.connect_with_connector_lazy(connector))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_host_and_port() {
        assert!("localhost:7400".parse::<Address>().is_ok());
        assert!("127.0.0.1:7400".parse::<Address>().is_ok());
        for bad in ["", "localhost", "https://localhost:7400", "localhost:7400/x", "localhost:0x1"]
        {
            assert!(bad.parse::<Address>().is_err(), "{bad}");
        }
    }
}
