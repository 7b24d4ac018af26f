//! From a host to its addresses.

use std::net::{IpAddr, SocketAddr};

use courser_core::rt::Dial;
use courser_core::{ConnectSettings, Error, ErrorKind, Result};

/// The addresses of a host, in the order in which they are to be tried: a literal, what the
/// request says, its resolver, or else the system.
pub(crate) async fn resolve(
    host: &str,
    port: u16,
    settings: &ConnectSettings,
    dial: &dyn Dial,
) -> Result<Vec<SocketAddr>> {
    let mut addresses = fixed(host, port, settings);
    if addresses.is_empty() {
        let found = if let Some(resolver) = &settings.resolver {
            let found = resolver.0.resolve(host).await;
            found.map_err(|error| own(host, error))?
        } else {
            let found = dial.lookup(host).await;
            found.map_err(|error| unknown(host).because(error))?
        };
        addresses.extend(found.into_iter().map(|ip| SocketAddr::new(ip, port)));
    }
    if addresses.is_empty() {
        return Err(unknown(host));
    }
    Ok(interleave(addresses))
}

/// What needs no lookup. Port 0 in the request's own addresses is that of the URL.
fn fixed(host: &str, port: u16, settings: &ConnectSettings) -> Vec<SocketAddr> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return vec![SocketAddr::new(ip, port)];
    }
    let said = settings.resolve.iter();
    said.filter(|(name, _)| name.eq_ignore_ascii_case(host))
        .map(|(_, address)| match address.port() {
            0 => SocketAddr::new(address.ip(), port),
            _ => *address,
        })
        .collect()
}

fn unknown(host: &str) -> Error {
    Error::new(ErrorKind::Dns, format!("the host \"{host}\" is not known"))
        .help("is the name spelt right, and is this machine online?")
}

/// An error of the user's resolver means that the host is not known, unless it says otherwise.
fn own(host: &str, error: Error) -> Error {
    match error.kind() {
        ErrorKind::User => unknown(host).because(error),
        _ => error,
    }
}

/// One of each family in turn, beginning with that of the first (RFC 8305, 4).
fn interleave(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first = addresses.first().map(SocketAddr::is_ipv6);
    let (of_first, others): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| Some(address.is_ipv6()) == first);
    let mut others = others.into_iter();
    let mut all = Vec::with_capacity(of_first.len() + others.len());
    for address in of_first {
        all.push(address);
        all.extend(others.next());
    }
    all.extend(others);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use courser_core::rt::Io;
    use courser_core::testing::now;
    use courser_core::{BoxFuture, Resolver, SharedResolver, SocketOptions};
    use std::io;
    use std::sync::Arc;

    /// Knows `known.example`, as the system does.
    #[derive(Debug)]
    struct Known;

    impl Dial for Known {
        fn dial(
            &self,
            _: SocketAddr,
            _: &SocketOptions,
        ) -> BoxFuture<'static, io::Result<Box<dyn Io>>> {
            Box::pin(async { Err(io::ErrorKind::Unsupported.into()) })
        }
        fn lookup(&self, host: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
            let found = match host {
                "known.example" => Ok(vec![IpAddr::from([9, 9, 9, 9])]),
                _ => Err(io::Error::other("Name or service not known")),
            };
            Box::pin(async { found })
        }
    }

    impl Resolver for Known {
        fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, Result<Vec<IpAddr>>> {
            Box::pin(async move {
                match host {
                    "own.example" => Ok(vec![IpAddr::from([8, 8, 8, 8])]),
                    "none.example" => Ok(Vec::new()),
                    _ => Err(Error::user("no such name here")),
                }
            })
        }
    }

    #[test]
    fn in_order() {
        fn check(own: bool, host: &str, expected: Result<&[&str], &str>) {
            let mut settings = ConnectSettings::default();
            settings.resolve = vec![
                ("Fixed.example".into(), ([1, 1, 1, 1], 0).into()),
                ("fixed.example".into(), ([2, 2, 2, 2], 99).into()),
            ];
            if own {
                settings.resolver = Some(SharedResolver(Arc::new(Known)));
            }
            match (now(resolve(host, 80, &settings, &Known)), expected) {
                (Ok(found), Ok(expected)) => {
                    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
                    assert_eq!(found, expected);
                }
                (Err(error), Err(cause)) => {
                    assert_eq!(error.kind(), ErrorKind::Dns);
                    let line = format!("the host \"{host}\" is not known");
                    assert!(error.to_string().starts_with(&line), "{error}");
                    assert!(format!("{error:?}").contains(cause), "{error:?}");
                }
                (got, _) => panic!("{host}: {got:?}"),
            }
        }
        check(true, "::1", Ok(&["[::1]:80"]));
        check(true, "fixed.example", Ok(&["1.1.1.1:80", "2.2.2.2:99"]));
        check(true, "own.example", Ok(&["8.8.8.8:80"]));
        check(true, "none.example", Err(""));
        check(true, "known.example", Err("no such name here"));
        check(false, "known.example", Ok(&["9.9.9.9:80"]));
        check(false, "own.example", Err("Name or service not known"));
    }

    #[test]
    fn families_take_turns() {
        fn check(given: &[&str], expected: &[&str]) {
            let address = |ip: &&str| SocketAddr::new(ip.parse().unwrap(), 1);
            let got = interleave(given.iter().map(address).collect());
            let expected: Vec<SocketAddr> = expected.iter().map(address).collect();
            assert_eq!(got, expected);
        }
        check(&[], &[]);
        check(
            &["::1", "::2", "::3", "1.1.1.1"],
            &["::1", "1.1.1.1", "::2", "::3"],
        );
        check(
            &["1.1.1.1", "::1", "::2", "::3"],
            &["1.1.1.1", "::1", "::2", "::3"],
        );
    }
}
