//! What only the transport over reqwest does: it takes a client of the user's own, and pools
//! connections inside of it.

use std::sync::Arc;

use courser::reqwest::Reqwest;
use courser_core::ErrorKind;

use super::support::*;

const REQWEST: [Way; 2] = [WAYS[2], WAYS[3]];

#[test]
fn connections_are_used_again() {
    for way in REQWEST {
        let peer = scripted((0..10).map(|_| ok("x")).collect());
        way.run(async |transport, rt| {
            for _ in 0..5 {
                let req = request(&peer.url("/"), rt.clone());
                assert_eq!(ask(&*transport, req).await, "x");
            }
        });
        // reqwest may open another while it takes one back; never one for each.
        assert!(peer.connections() < 5, "{}", peer.connections());
    }
}

#[test]
fn idle_connections_are_closed_when_told() {
    let peer = scripted(vec![ok("x"), ok("x")]);
    WAYS[3].run(async |transport, rt| {
        let call = async || ask(&*transport, request(&peer.url("/"), rt.clone())).await;
        call().await;
        transport.close_idle();
        peer.peer.wait_ended(0).ok();
        call().await;
        assert_eq!(peer.connections(), 2);
        drop(transport);
    });
    peer.peer.wait_ended(1).ok();
}

/// reqwest wants TLS to be set up even where none is spoken.
fn plain_client() -> reqwest::ClientBuilder {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder()
        .no_proxy()
        .tls_backend_preconfigured(config)
}

#[test]
fn a_given_client_is_used_as_it_is() {
    let peer = scripted(vec![ok("x")]);
    let client = plain_client().user_agent("given/1").build().unwrap();
    let transport = Reqwest::from_client(client);
    Driver::Tokio.run(async |rt| {
        let req = request(&peer.url("/"), rt.clone());
        assert_eq!(ask(&transport, req).await, "x");
        let insecure = settings(|s| s.tls.insecure = true);
        let error = failure(&transport, with(request(&peer.url("/"), rt), &insecure)).await;
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains(":insecure?"), "{error}");
    });
    let (head, _) = peer.requests().remove(0);
    assert_eq!(field(&head, "user-agent").as_deref(), Some("given/1"));
}

/// Knows no host: the tests ask no name server.
struct KnowsNone;

impl reqwest::dns::Resolve for KnowsNone {
    fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
        Box::pin(async { Err("Name or service not known".into()) })
    }
}

#[test]
fn its_resolver_is_too() {
    let client = plain_client().dns_resolver(KnowsNone).build().unwrap();
    let transport = Reqwest::from_client(client);
    let url = "http://no-such-host.invalid/";
    let error = Driver::Tokio.run(async |rt| failure(&transport, request(url, rt)).await);
    assert_eq!(error.kind(), ErrorKind::Dns);
}
