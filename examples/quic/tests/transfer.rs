//! A transfer over QUIC (the crate quinn) through a link with delay and loss.
//!
//! Without namespaces: QUIC's recovery from loss is tested against a mock socket, or with netem as
//! root and with other losses in each run.
//!
//! quinn sends several datagrams with one call (`UDP_SEGMENT`). They pass the link one by one, and
//! the seed decides which of them are lost.

use std::error::Error;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use ns_test::network::{Link, Network};
use ns_test::ns_test;
use quinn::rustls::RootCertStore;
use quinn::rustls::pki_types::PrivatePkcs8KeyDer;
use quinn::{ClientConfig, Endpoint, EndpointConfig, ServerConfig, TokioRuntime};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Returns the server's and the client's configuration, for a certificate made for this test.
fn configurations() -> Outcome<(ServerConfig, ClientConfig)> {
    let made = rcgen::generate_simple_self_signed(["server".to_owned()])?;
    let certificate = made.cert.der().clone();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let server = ServerConfig::with_single_cert(vec![certificate.clone()], key.into())?;
    let mut roots = RootCertStore::empty();
    roots.add(certificate)?;
    Ok((
        server,
        ClientConfig::with_root_certificates(Arc::new(roots))?,
    ))
}

fn endpoint(config: Option<ServerConfig>, socket: UdpSocket) -> Outcome<Endpoint> {
    let runtime = Arc::new(TokioRuntime);
    Ok(Endpoint::new(
        EndpointConfig::default(),
        config,
        socket,
        runtime,
    )?)
}

/// The code under test, on one side: receives a stream and acknowledges its length.
async fn receive(server: Endpoint) -> Outcome<Vec<u8>> {
    let connection = server.accept().await.ok_or("the endpoint is open")?.await?;
    let (mut send, mut receive) = connection.accept_bi().await?;
    let received = receive.read_to_end(1 << 24).await?;
    send.write_all(&received.len().to_be_bytes()).await?;
    send.finish()?;
    connection.closed().await;
    Ok(received)
}

/// The code under test, on the other side: sends the stream and returns the acknowledged length.
async fn send(client: Endpoint, to: SocketAddr, data: &[u8]) -> Outcome<usize> {
    let connection = client.connect(to, "server")?.await?;
    let (mut send, mut receive) = connection.open_bi().await?;
    send.write_all(data).await?;
    send.finish()?;
    let length = receive.read_to_end(8).await?;
    connection.close(0_u8.into(), b"done");
    client.wait_idle().await;
    Ok(usize::from_be_bytes(
        length.try_into().map_err(|_| "eight bytes")?,
    ))
}

#[ns_test(net, mount, timeout = "120s")]
fn everything_arrives_in_spite_of_loss() -> Outcome<()> {
    let mut plan = Network::plan();
    let (client, server) = (plan.host("client"), plan.host("server"));
    let conditions = Link::new().delay(Duration::from_millis(5)).loss(0.03);
    plan.link(client, server, conditions);
    plan.seed(7);
    let network = plan.build()?;
    let listener = network[server].run(|| UdpSocket::bind("[::]:4433"))?;
    let socket = network[client].run(|| UdpSocket::bind("[::]:0"))?;
    let address = SocketAddr::from((network[server].addresses()[1], 4433));

    let (server_config, client_config) = configurations()?;
    let data: Vec<u8> = (0..1_u32 << 20)
        .map(|number| number.to_le_bytes()[0])
        .collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (received, acknowledged) = runtime.block_on(async {
        let listener = endpoint(Some(server_config), listener)?;
        let mut here = endpoint(None, socket)?;
        here.set_default_client_config(client_config);
        let receiving = tokio::spawn(receive(listener));
        let acknowledged = send(here, address, &data).await?;
        Outcome::Ok((receiving.await??, acknowledged))
    })?;
    assert!(received == data, "all bytes, in order");
    assert_eq!(acknowledged, data.len());
    assert!(network.stats().lost_by_dice() > 0, "some packets were lost");
    Ok(())
}

ns_test::main!();
