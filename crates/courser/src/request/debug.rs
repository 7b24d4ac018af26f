//! Requests as they are printed for developers: without secrets.

use std::fmt;

use super::Request;

/// Shows method, URL (no credentials, no values of its query), headers (credentials hidden) and
/// body, and the names of the other fields that are set: their values may be secrets.
#[allow(clippy::missing_fields_in_debug)] // the rest are named, not shown
impl fmt::Debug for Request {
    #[allow(clippy::too_many_lines)] // one field after the other; nothing nests
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A wrong URL is shown by its error; here it may be anything.
        let url = courser_core::Url::parse(&self.url)
            .map_or_else(|_| hidden(&self.url), |url| url.redacted());
        let others = [
            ("base_url", self.base_url.is_some()),
            ("normalize_uri", self.normalize_uri.is_some()),
            ("query_string", self.query_string.is_some()),
            ("query_params", self.query_params.is_some()),
            ("multi_param_style", self.multi_param_style.is_some()),
            (
                "ignore_nested_query_string",
                self.ignore_nested_query_string.is_some(),
            ),
            (
                "flatten_nested_form_params",
                self.flatten_nested_form_params.is_some(),
            ),
            ("flatten_nested_keys", self.flatten_nested_keys.is_some()),
            ("form_params", self.form_params.is_some()),
            ("form_param_encoding", self.form_param_encoding.is_some()),
            ("json_opts", self.json_opts.is_some()),
            ("transit_opts", self.transit_opts.is_some()),
            ("accept", self.accept.is_some()),
            ("accept_encoding", self.accept_encoding.is_some()),
            ("content_type", self.content_type.is_some()),
            ("character_encoding", self.character_encoding.is_some()),
            ("user_agent", self.user_agent.is_some()),
            ("basic_auth", self.basic_auth.is_some()),
            ("oauth_token", self.oauth_token.is_some()),
            ("cookies", self.cookies.is_some()),
            ("decode_cookies", self.decode_cookies.is_some()),
            ("cookie_store", self.cookie_store.is_some()),
            ("cookie_policy", self.cookie_policy.is_some()),
            ("body_encoding", self.body_encoding.is_some()),
            ("length", self.length.is_some()),
            ("multipart", self.multipart.is_some()),
            ("mime_subtype", self.mime_subtype.is_some()),
            ("multipart_mode", self.multipart_mode.is_some()),
            ("multipart_charset", self.multipart_charset.is_some()),
            ("compress_body", self.compress_body.is_some()),
            ("progress", self.progress.is_some()),
            ("as_", self.as_.is_some()),
            ("codecs", self.codecs.is_some()),
            ("coerce", self.coerce.is_some()),
            ("decompress_body", self.decompress_body.is_some()),
            ("decode_body_headers", self.decode_body_headers.is_some()),
            ("throw_exceptions", self.throw_exceptions.is_some()),
            ("unexceptional_status", self.unexceptional_status.is_some()),
            ("throw_entire_message", self.throw_entire_message.is_some()),
            ("debug", self.debug.is_some()),
            ("debug_body", self.debug_body.is_some()),
            ("save_request", self.save_request.is_some()),
            ("ignore_unknown_host", self.ignore_unknown_host.is_some()),
            ("redirect_strategy", self.redirect_strategy.is_some()),
            ("max_redirects", self.max_redirects.is_some()),
            (
                "allow_circular_redirects",
                self.allow_circular_redirects.is_some(),
            ),
            (
                "allow_relative_redirects",
                self.allow_relative_redirects.is_some(),
            ),
            ("secret_headers", self.secret_headers.is_some()),
            ("allow_downgrade", self.allow_downgrade.is_some()),
            (
                "resend_body_cross_origin",
                self.resend_body_cross_origin.is_some(),
            ),
            ("referer", self.referer.is_some()),
            ("request_interceptor", self.request_interceptor.is_some()),
            ("response_interceptor", self.response_interceptor.is_some()),
            ("timeout", self.timeout.is_some()),
            ("socket_timeout", self.socket_timeout.is_some()),
            ("connection_timeout", self.connection_timeout.is_some()),
            (
                "connection_request_timeout",
                self.connection_request_timeout.is_some(),
            ),
            ("retry_handler", self.retry_handler.is_some()),
            ("retry", self.retry.is_some()),
            ("cancel", self.cancel.is_some()),
            ("max_body_size", self.max_body_size.is_some()),
            ("max_header_size", self.max_header_size.is_some()),
            ("max_header_count", self.max_header_count.is_some()),
            (
                "max_interim_responses",
                self.max_interim_responses.is_some(),
            ),
            ("max_error_body", self.max_error_body.is_some()),
            (
                "max_decompressed_size",
                self.max_decompressed_size.is_some(),
            ),
            (
                "max_decompression_ratio",
                self.max_decompression_ratio.is_some(),
            ),
            ("protocol_version", self.protocol_version.is_some()),
            ("insecure", self.insecure.is_some()),
            ("trusted_certificates", self.trusted_certificates.is_some()),
            ("resolve", self.resolve.is_some()),
            ("io_config", self.io_config.is_some()),
            ("local_address", self.local_address.is_some()),
            ("resolver", self.resolver.is_some()),
            ("proxy_host", self.proxy_host.is_some()),
            ("proxy_port", self.proxy_port.is_some()),
            ("proxy_user", self.proxy_user.is_some()),
            ("proxy_pass", self.proxy_pass.is_some()),
            ("proxy_ignore_hosts", self.proxy_ignore_hosts.is_some()),
            ("connection_manager", self.connection_manager.is_some()),
            ("extensions", !self.extensions.is_empty()),
        ];
        let set: Vec<&str> = others
            .iter()
            .filter(|(_, set)| *set)
            .map(|(name, _)| *name)
            .collect();
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &url)
            .field("headers", &self.headers)
            .field("body", &self.body)
            .field("also", &set)
            .finish()
    }
}

/// Text that may be a URL, without what may be secret in it.
fn hidden(text: &str) -> String {
    let text = text.split('?').next().unwrap_or_default();
    match text.rsplit_once('@') {
        Some((_, rest)) => format!("…@{rest}"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secrets() {
        for url in [
            "http://u:hunter2@h/?t=hunter2",
            "u:hunter2@h/p?t=hunter2",
            "/p?t=hunter2",
        ] {
            let mut request = Request {
                url: url.into(),
                ..Default::default()
            };
            request.basic_auth = Some(("user".into(), "hunter2".into()));
            request.query_params = Some([("t", "hunter2")].into());
            request.cookies = Some(vec![courser_cookies::Cookie::new("c", "hunter2")]);
            request.headers.append("Authorization", "hunter2").unwrap();
            let shown = format!("{request:?}");
            assert!(!shown.contains("hunter2"), "{shown}");
            assert!(
                shown.contains("\"basic_auth\"") && shown.contains("Authorization"),
                "{shown}"
            );
        }
    }
}
