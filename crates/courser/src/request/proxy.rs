//! The proxy that a request says.

use courser_core::{Error, Proxy, Result, Secret, excerpt};

/// The proxy that these fields say, which need each other.
pub(super) fn proxy(
    host: Option<String>,
    port: Option<u16>,
    user: Option<String>,
    pass: Option<Secret>,
    ignore: Option<Vec<String>>,
) -> Result<Option<Proxy>> {
    let Some(host) = host else {
        let said = [
            (":proxy-port", port.is_some()),
            (":proxy-user", user.is_some()),
            (":proxy-pass", pass.is_some()),
        ];
        return match said.iter().find(|(_, said)| *said) {
            Some((option, _)) => Err(Error::invalid(format!("{option} needs :proxy-host"))),
            None => Ok(None),
        };
    };
    let Some(port) = port.filter(|port| *port > 0) else {
        return Err(Error::invalid(":proxy-host needs :proxy-port")
            .help("proxies have no usual port: 3128 and 8080 are common"));
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if bare.is_empty() || bare.contains(|c: char| c == '/' || c == '@' || c <= ' ') {
        return Err(
            Error::invalid(format!(":proxy-host \"{}\" is no host", excerpt(bare, 60)))
                .help("a name or an address alone, without http:// and port"),
        );
    }
    let mut proxy = Proxy::new(bare, port);
    proxy.credentials = match (user, pass) {
        (Some(user), pass) => Some((user.into(), pass.unwrap_or_default())),
        (None, Some(_)) => return Err(Error::invalid(":proxy-pass needs :proxy-user")),
        (None, None) => None,
    };
    if let Some(hosts) = ignore {
        proxy.ignore = hosts.into_iter().map(Into::into).collect();
    }
    Ok(Some(proxy))
}
