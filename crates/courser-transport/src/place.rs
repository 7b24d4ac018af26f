//! How hosts and ports are written in messages.

/// `host:port`, with IPv6 in brackets.
pub(crate) fn place(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}
