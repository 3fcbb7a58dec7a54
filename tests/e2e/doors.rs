//! How the relay is reached: encrypted, through proxies, and by no more than it can hold.

mod limits;
mod proxied;
mod same;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use pilothouse_relay::config::{Config, Tls};
use pilothouse_shared::link::Input;
use pilothouse_tests::{
    Agent, Certificate, DEADLINE, InProcess, Process, Watcher, binary, message, over_tls, run,
    until, within,
};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Takes any certificate, to see which one is shown.
#[derive(Debug)]
struct Curious;

impl ServerCertVerifier for Curious {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let provider = aws_lc_rs::default_provider();
        provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// A connection that offers these protocols.
async fn shake_hands(address: SocketAddr, protocols: &[&str]) -> TlsStream<TcpStream> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let builder = builder.dangerous();
    let builder = builder.with_custom_certificate_verifier(Arc::new(Curious));
    let mut config = builder.with_no_client_auth();
    config.alpn_protocols = protocols
        .iter()
        .map(|name| name.as_bytes().to_vec())
        .collect();
    let socket = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, socket);
    within(DEADLINE, "a handshake", connecting).await.unwrap()
}

/// The certificate that is shown.
async fn shown(address: SocketAddr) -> CertificateDer<'static> {
    let stream = shake_hands(address, &[]).await;
    let chain = stream.get_ref().1.peer_certificates().unwrap();
    chain[0].clone()
}

/// What comes until the relay closes.
async fn rest(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut said = Vec::new();
    let reading = async {
        let mut bytes = [0; 4096];
        while let Ok(n @ 1..) = stream.read(&mut bytes).await {
            said.extend_from_slice(&bytes[..n]);
        }
    };
    within(DEADLINE, "the relay to close", reading).await;
    String::from_utf8_lossy(&said).into_owned()
}

async fn encrypted(folder: &TempDir) -> InProcess {
    let [certificate, key] = Certificate::make().put(folder.path());
    InProcess::with(Config {
        tls: Some(Tls::Files { certificate, key }),
        request_within: Duration::from_secs(1),
        ..Config::default()
    })
    .await
}

/// The page over HTTP/2: frames of RFC 9113, headers of RFC 7541 from its static table.
#[tokio::test]
async fn browsers_get_the_page_over_http2_and_sockets_over_http1() {
    let folder = TempDir::new().unwrap();
    let relay = encrypted(&folder).await;
    let mut stream = shake_hands(relay.address(), &["h2", "http/1.1"]).await;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let host = relay.address().to_string();
    // Method GET, scheme https, path /; the authority in words.
    let mut headers = vec![0x82, 0x87, 0x84, 0x41, u8::try_from(host.len()).unwrap()];
    headers.extend(host.as_bytes());
    let mut request = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    request.extend([0, 0, 0, 4, 0, 0, 0, 0, 0]);
    request.extend([0, 0, u8::try_from(headers.len()).unwrap(), 1, 5, 0, 0, 0, 1]);
    request.extend(headers);
    stream.write_all(&request).await.unwrap();
    let status = async {
        loop {
            let mut head = [0; 9];
            stream.read_exact(&mut head).await.unwrap();
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let mut payload = vec![0; length as usize];
            stream.read_exact(&mut payload).await.unwrap();
            if head[3] == 1 {
                return payload[0];
            }
        }
    };
    // `:status 200` of the static table.
    assert_eq!(within(DEADLINE, "headers", status).await, 0x88);

    let only_one = shake_hands(relay.address(), &["http/1.1"]).await;
    assert_eq!(only_one.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
}

#[tokio::test]
async fn who_comes_unencrypted_is_told_how_to_come() {
    let folder = TempDir::new().unwrap();
    let relay = encrypted(&folder).await;
    let mut socket = TcpStream::connect(relay.address()).await.unwrap();
    let request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    socket.write_all(request).await.unwrap();
    let said = rest(&mut socket).await;
    assert!(said.starts_with("HTTP/1.1 400"), "{said}");
    assert!(said.contains("https://"), "{said}");
}

#[tokio::test]
async fn a_relay_with_a_certificate_of_its_own_says_what_it_is_known_by() {
    let folder = TempDir::new().unwrap();
    let mut fingerprints = Vec::new();
    for _ in 0..2 {
        let mut relay = tokio::process::Command::new(binary())
            .args(["serve", "--tls-self-signed", "--listen", "127.0.0.1:0"])
            .arg("--data-dir")
            .arg(folder.path())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(relay.stdout.take().unwrap()).lines();
        let mut line = async || {
            let line = within(DEADLINE, "a line", lines.next_line()).await;
            line.unwrap().unwrap()
        };
        let url = line().await;
        let url = url.strip_prefix("listening on ").unwrap();
        assert!(url.starts_with("https://127.0.0.1:"), "{url}");
        let fingerprint = line().await;
        let fingerprint = fingerprint.strip_prefix("fingerprint ").unwrap();

        let list = ["channels", "--url", url];
        let trusted = run(&[&list[..], &["--fingerprint", fingerprint]].concat(), "").await;
        assert!(trusted.status.success(), "{}", trusted.stderr);
        let stranger = run(&list, "").await;
        assert!(
            stranger.stderr.contains("--fingerprint"),
            "{}",
            stranger.stderr
        );
        let other = Certificate::make().fingerprint.to_string();
        let other = run(&[&list[..], &["--fingerprint", &other]].concat(), "").await;
        assert!(other.stderr.contains("not the one"), "{}", other.stderr);
        let publish = ["publish", "build", "--url", url];
        let publish = [&publish[..], &["--fingerprint", fingerprint]].concat();
        let published = run(&publish, &message("hello").to_string()).await;
        assert!(published.status.success(), "{}", published.stderr);
        fingerprints.push(fingerprint.to_owned());
        relay.kill().await.unwrap();
    }
    assert_eq!(fingerprints[0], fingerprints[1], "it is kept");
}

#[tokio::test]
async fn a_certificate_that_is_renewed_is_shown_to_new_connections_and_a_broken_one_is_not() {
    let folder = TempDir::new().unwrap();
    let [certificate, key] = Certificate::make().put(folder.path());
    let files = [certificate.to_str().unwrap(), key.to_str().unwrap()];
    let relay = Process::with(&["--tls-cert", files[0], "--tls-key", files[1]]).await;
    let first = shown(relay.address()).await;
    let mut kept = shake_hands(relay.address(), &[]).await;

    let _ = Certificate::make().put(folder.path());
    let second = until("the new certificate", || async {
        Some(shown(relay.address()).await).filter(|shown| *shown != first)
    })
    .await;
    std::fs::write(&key, "nonsense").unwrap();
    until("the broken pair to be noticed", || async {
        relay.log().contains("the old one stays").then_some(())
    })
    .await;
    assert_eq!(shown(relay.address()).await, second);

    let request = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    kept.write_all(request).await.unwrap();
    assert!(rest(&mut kept).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn handshakes_that_never_end_hold_up_nobody_and_are_cut_off() {
    let folder = TempDir::new().unwrap();
    let relay = encrypted(&folder).await;
    let mut idle = Vec::new();
    for n in 0..100 {
        let mut socket = TcpStream::connect(relay.address()).await.unwrap();
        if n % 2 == 0 {
            // The beginning of a handshake's first record.
            socket.write_all(&[22, 3, 1, 2]).await.unwrap();
        }
        idle.push(socket);
    }
    let mut quick = shake_hands(relay.address(), &[]).await;
    let request = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
    quick.write_all(request).await.unwrap();
    let mut first = [0; 15];
    quick.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    for socket in &mut idle {
        assert_eq!(rest(socket).await, "");
    }
}

/// A big frame is many TLS records, and more than the sockets in between hold at once.
#[test]
fn big_frames_go_through_encrypted_both_ways() {
    over_tls(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(Box::pin(async {
            let relay = InProcess::start().await;
            let agent = Agent::new(&relay.url(), "build", "claude");
            agent.create().await;
            let mut ada = Watcher::connect(&relay.url(), "build", "ada").await;
            let text = "x".repeat(60_000);
            for _ in 0..40 {
                agent.publish(&message(&text)).await;
            }
            for _ in 0..5 {
                ada.publish_surely(&message(&text)).await;
            }
            let is_whole =
                |seen: &pilothouse_tests::Seen| seen.seqs() == (1..=46).collect::<Vec<_>>();
            ada.sees("all of it", is_whole).await;
            ada.handle().send(Input::RetryNow).await;
        }));
    });
}
