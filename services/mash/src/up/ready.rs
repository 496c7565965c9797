//! Whether a process says that it is ready to work.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long the answer may take: a process that hangs is not ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks `/readyz` of the admin port at `admin` (`host:port`).
pub(crate) async fn is_ready(admin: &str) -> bool {
    matches!(timeout(PATIENCE, ask(admin)).await, Ok(Ok(true)))
}

/// One GET, which is no reason for an HTTP client.
async fn ask(admin: &str) -> io::Result<bool> {
    let mut stream = TcpStream::connect(admin).await?;
    let request = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer.starts_with(b"HTTP/1.1 200"))
}
