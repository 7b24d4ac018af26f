//! A reqwest client for a set of connection settings.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use courser_core::{
    Connect, ConnectSettings, Error, ErrorKind, HttpVersion, Proxy, Resolver, Result, SocketOptions,
};

/// How many header fields a response may have.
const MAX_HEADERS: usize = 256;

/// When probing a connection that rests begins, as systems have it.
const KEEP_ALIVE: Duration = Duration::from_secs(2 * 60 * 60);

/// Builds a client with everything switched off that is Courser's own.
pub(crate) fn build(to: &Connect) -> Result<reqwest::Client> {
    let settings = &*to.settings;
    reject_what_is_not_there(&settings.socket)?;
    let mut builder = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        // Without retries to come, no copy of the request is kept either.
        .retry(reqwest::retry::never().max_retries_per_request(0))
        .referer(false)
        // Its own decompression, if somebody else switched the features on.
        .no_gzip()
        .no_deflate()
        .no_brotli()
        .no_zstd()
        .tcp_nodelay(settings.socket.no_delay)
        .tcp_keepalive(settings.socket.keep_alive.then_some(KEEP_ALIVE))
        .tcp_keepalive_interval(None)
        .tcp_keepalive_retries(None)
        .http1_max_headers(MAX_HEADERS)
        // RFC 9112, 5.2: a client reads folded lines as one.
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .local_address(settings.socket.local_address);
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    {
        // `:socket-timeout` says how long nothing may move.
        builder = builder.tcp_user_timeout(None);
    }
    if let Some(timeout) = settings.connect_timeout {
        builder = builder.connect_timeout(timeout);
    }
    builder = match settings.keep_idle {
        Some(idle) => builder.pool_idle_timeout(idle),
        None => builder.pool_max_idle_per_host(0),
    };
    let mut addresses = BTreeMap::<&str, Vec<SocketAddr>>::new();
    for (host, address) in &settings.resolve {
        addresses.entry(host).or_default().push(*address);
    }
    for (host, addresses) in addresses {
        builder = builder.resolve_to_addrs(host, &addresses);
    }
    if let Some(resolver) = &settings.resolver {
        builder = builder.dns_resolver(Arc::new(Resolving(resolver.0.clone())));
    }
    if let Some(proxy) = &settings.proxy {
        builder = builder.proxy(through(proxy)?);
    }
    builder = version(builder, settings.version)?;
    builder = tls(builder, to)?;
    builder.build().map_err(|source| {
        Error::new(ErrorKind::Unsupported, "reqwest cannot be set up like this")
            .because(source.without_url())
    })
}

/// Not for the hosts that are asked without it.
fn through(proxy: &Proxy) -> Result<reqwest::Proxy> {
    let host = if proxy.host.contains(':') {
        format!("[{}]", proxy.host)
    } else {
        proxy.host.to_string()
    };
    let url = reqwest::Url::parse(&format!("http://{host}:{}", proxy.port)).map_err(|source| {
        Error::invalid(format!("the proxy \"{host}\" is no host")).because(source)
    })?;
    let chosen = proxy.clone();
    let through = reqwest::Proxy::custom(move |to| {
        let host = to.host_str()?.trim_matches(['[', ']']);
        chosen.serves(host).then(|| url.clone())
    });
    Ok(match &proxy.credentials {
        Some((user, password)) => through.basic_auth(user, password.reveal()),
        None => through,
    })
}

/// A resolver of the request, as reqwest asks it.
struct Resolving(Arc<dyn Resolver>);

impl reqwest::dns::Resolve for Resolving {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let resolver = self.0.clone();
        Box::pin(async move {
            let addresses = resolver.resolve(name.as_str()).await?;
            let addresses: reqwest::dns::Addrs =
                Box::new(addresses.into_iter().map(|ip| SocketAddr::new(ip, 0)));
            Ok(addresses)
        })
    }
}

/// Options of sockets that reqwest does not hand on.
fn reject_what_is_not_there(socket: &SocketOptions) -> Result<()> {
    let missing = [
        (":so-linger", socket.linger.is_some()),
        (":rcv-buf-size", socket.receive_buffer.is_some()),
        (":snd-buf-size", socket.send_buffer.is_some()),
    ];
    match missing.into_iter().find(|(_, said)| *said) {
        None => Ok(()),
        Some((option, _)) => Err(Error::new(
            ErrorKind::Unsupported,
            format!("{option} of :io-config cannot be had over reqwest"),
        )
        .help("leave it away, or use the native transport")),
    }
}

fn version(
    builder: reqwest::ClientBuilder,
    version: HttpVersion,
) -> Result<reqwest::ClientBuilder> {
    match version {
        HttpVersion::Negotiate => Ok(builder),
        HttpVersion::Http10 | HttpVersion::Http11 => Ok(builder.http1_only()),
        #[cfg(feature = "http2")]
        HttpVersion::Http2 => Ok(builder
            .http2_prior_knowledge()
            // As for HTTP/1.1; hyper's own limit is 16 KiB.
            .http2_max_header_list_size(256 << 10)),
        _ => Err(Error::new(
            ErrorKind::Unsupported,
            "this version of HTTP is not compiled in",
        )
        .with("version", format_args!("{version:?}"))
        .help("switch on the feature `http2` of courser-reqwest")),
    }
}

#[cfg(feature = "rustls")]
fn tls(builder: reqwest::ClientBuilder, to: &Connect) -> Result<reqwest::ClientBuilder> {
    Ok(builder.tls_backend_preconfigured(crate::tls::config(to)?))
}

#[cfg(not(feature = "rustls"))]
fn tls(builder: reqwest::ClientBuilder, to: &Connect) -> Result<reqwest::ClientBuilder> {
    if to.https {
        return Err(
            Error::new(ErrorKind::Unsupported, "https is not compiled in")
                .help("switch on the feature `rustls` of courser-reqwest"),
        );
    }
    Ok(builder)
}

/// Settings that differ from what they are by default cannot be had of a client that was given.
pub(crate) fn reject_what_is_fixed(settings: &ConnectSettings) -> Result<()> {
    let default = ConnectSettings::default();
    let mut socket = settings.socket.clone();
    socket.local_address = None; // has a line of its own
    // Its pool is the client's affair: `keep_idle` is a wish of the connection manager.
    let fixed = [
        (":protocol-version", settings.version != default.version),
        (":insecure?", settings.tls.insecure),
        (":trust-store", !settings.tls.roots.is_empty()),
        (":dns-resolver", !settings.resolve.is_empty()),
        (":dns-resolver", settings.resolver.is_some()),
        (":proxy-host", settings.proxy.is_some()),
        (":local-address", settings.socket.local_address.is_some()),
        (":io-config", socket != default.socket),
        (
            ":connection-timeout",
            settings.connect_timeout != default.connect_timeout,
        ),
    ];
    match fixed.into_iter().find(|(_, differs)| *differs) {
        None => Ok(()),
        Some((option, _)) => Err(Error::new(
            ErrorKind::Unsupported,
            format!("{option} is fixed by the reqwest client that was given"),
        )
        .help("build that client so, or let Courser build one (Reqwest::new)")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_feature_that_is_missing_is_named() {
        fn check(https: bool, version: HttpVersion, is_there: bool, names: &str) {
            let mut settings = ConnectSettings::default();
            settings.version = version;
            let built = build(&Connect {
                https,
                host: "h".into(),
                port: 1,
                settings: Arc::new(settings),
            });
            assert_eq!(built.is_ok(), is_there, "{names}");
            if let Err(error) = built {
                assert_eq!(error.kind(), ErrorKind::Unsupported);
                assert!(error.to_string().contains(names), "{error}");
            }
        }
        check(false, HttpVersion::Http11, true, "");
        let (rustls, http2) = (cfg!(feature = "rustls"), cfg!(feature = "http2"));
        check(true, HttpVersion::Http11, rustls, "`rustls`");
        check(false, HttpVersion::Http2, http2, "`http2`");
    }

    #[test]
    fn a_given_client_fixes_its_settings() {
        fn check(change: fn(&mut ConnectSettings), names: Option<&str>) {
            let mut settings = ConnectSettings::default();
            change(&mut settings);
            let error = reject_what_is_fixed(&settings).err();
            assert_eq!(error.is_some(), names.is_some());
            if let (Some(error), Some(option)) = (error, names) {
                assert_eq!(error.kind(), ErrorKind::Unsupported);
                assert!(error.to_string().starts_with(option), "{error}");
            }
        }
        check(|_| {}, None);
        check(|s| s.connect_timeout = Some(Duration::from_secs(10)), None);
        check(|s| s.keep_idle = Some(Duration::from_secs(10)), None);
        check(|s| s.tls.insecure = true, Some(":insecure?"));
        check(
            |s| s.version = HttpVersion::Http2,
            Some(":protocol-version"),
        );
        check(
            |s| s.connect_timeout = Some(Duration::ZERO),
            Some(":connection-timeout"),
        );
    }
}
