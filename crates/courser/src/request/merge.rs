//! A client's defaults, laid under a request.

use super::Request;

impl Request {
    /// The request with `defaults` laid under it: what the request leaves open is taken from
    /// them. Of headers, those of the same name are replaced, whole.
    ///
    /// ```
    /// use courser::Request;
    ///
    /// let mut defaults = Request::default();
    /// defaults.headers.append("X-Api-Version", "1")?;
    /// defaults.accept = Some("application/json".into());
    ///
    /// let request = Request { accept: Some("text/html".into()), ..Default::default() };
    /// let both = request.over(&defaults);
    /// assert_eq!(both.accept.as_deref(), Some("text/html"));
    /// assert_eq!(both.headers.get_str("x-api-version"), Some("1"));
    /// # Ok::<(), courser::Error>(())
    /// ```
    #[must_use]
    #[inline(never)] // out of the way of clients without defaults
    #[allow(clippy::too_many_lines)] // one field after the other; nothing nests
    pub fn over(self, defaults: &Request) -> Request {
        fn or<T: Clone>(own: Option<T>, default: Option<&T>) -> Option<T> {
            own.or_else(|| default.cloned())
        }
        let mut headers = defaults.headers.clone();
        headers.merge(&self.headers);
        let mut extensions = defaults.extensions.clone();
        extensions.merge(&self.extensions);
        let d = defaults;
        // Exhaustive, so that a new field that is not merged does not compile.
        Request {
            method: self.method,
            url: if self.url.is_empty() {
                d.url.clone()
            } else {
                self.url
            },
            base_url: or(self.base_url, d.base_url.as_ref()),
            normalize_uri: or(self.normalize_uri, d.normalize_uri.as_ref()),
            query_string: or(self.query_string, d.query_string.as_ref()),
            query_params: or(self.query_params, d.query_params.as_ref()),
            multi_param_style: or(self.multi_param_style, d.multi_param_style.as_ref()),
            ignore_nested_query_string: or(
                self.ignore_nested_query_string,
                d.ignore_nested_query_string.as_ref(),
            ),
            flatten_nested_form_params: or(
                self.flatten_nested_form_params,
                d.flatten_nested_form_params.as_ref(),
            ),
            flatten_nested_keys: or(self.flatten_nested_keys, d.flatten_nested_keys.as_ref()),
            form_params: or(self.form_params, d.form_params.as_ref()),
            form_param_encoding: or(self.form_param_encoding, d.form_param_encoding.as_ref()),
            json_opts: or(self.json_opts, d.json_opts.as_ref()),
            transit_opts: or(self.transit_opts, d.transit_opts.as_ref()),
            headers,
            accept: or(self.accept, d.accept.as_ref()),
            accept_encoding: or(self.accept_encoding, d.accept_encoding.as_ref()),
            content_type: or(self.content_type, d.content_type.as_ref()),
            character_encoding: or(self.character_encoding, d.character_encoding.as_ref()),
            user_agent: or(self.user_agent, d.user_agent.as_ref()),
            basic_auth: or(self.basic_auth, d.basic_auth.as_ref()),
            oauth_token: or(self.oauth_token, d.oauth_token.as_ref()),
            cookies: or(self.cookies, d.cookies.as_ref()),
            decode_cookies: or(self.decode_cookies, d.decode_cookies.as_ref()),
            cookie_store: or(self.cookie_store, d.cookie_store.as_ref()),
            cookie_policy: or(self.cookie_policy, d.cookie_policy.as_ref()),
            body: if self.body.is_empty() {
                d.body.clone()
            } else {
                self.body
            },
            body_encoding: or(self.body_encoding, d.body_encoding.as_ref()),
            length: or(self.length, d.length.as_ref()),
            multipart: or(self.multipart, d.multipart.as_ref()),
            mime_subtype: or(self.mime_subtype, d.mime_subtype.as_ref()),
            multipart_mode: or(self.multipart_mode, d.multipart_mode.as_ref()),
            multipart_charset: or(self.multipart_charset, d.multipart_charset.as_ref()),
            compress_body: or(self.compress_body, d.compress_body.as_ref()),
            progress: or(self.progress, d.progress.as_ref()),
            as_: or(self.as_, d.as_.as_ref()),
            codecs: or(self.codecs, d.codecs.as_ref()),
            coerce: or(self.coerce, d.coerce.as_ref()),
            decompress_body: or(self.decompress_body, d.decompress_body.as_ref()),
            decode_body_headers: or(self.decode_body_headers, d.decode_body_headers.as_ref()),
            throw_exceptions: or(self.throw_exceptions, d.throw_exceptions.as_ref()),
            unexceptional_status: or(self.unexceptional_status, d.unexceptional_status.as_ref()),
            throw_entire_message: or(self.throw_entire_message, d.throw_entire_message.as_ref()),
            debug: or(self.debug, d.debug.as_ref()),
            debug_body: or(self.debug_body, d.debug_body.as_ref()),
            save_request: or(self.save_request, d.save_request.as_ref()),
            ignore_unknown_host: or(self.ignore_unknown_host, d.ignore_unknown_host.as_ref()),
            redirect_strategy: or(self.redirect_strategy, d.redirect_strategy.as_ref()),
            max_redirects: or(self.max_redirects, d.max_redirects.as_ref()),
            allow_circular_redirects: or(
                self.allow_circular_redirects,
                d.allow_circular_redirects.as_ref(),
            ),
            allow_relative_redirects: or(
                self.allow_relative_redirects,
                d.allow_relative_redirects.as_ref(),
            ),
            secret_headers: or(self.secret_headers, d.secret_headers.as_ref()),
            allow_downgrade: or(self.allow_downgrade, d.allow_downgrade.as_ref()),
            resend_body_cross_origin: or(
                self.resend_body_cross_origin,
                d.resend_body_cross_origin.as_ref(),
            ),
            referer: or(self.referer, d.referer.as_ref()),
            request_interceptor: or(self.request_interceptor, d.request_interceptor.as_ref()),
            response_interceptor: or(self.response_interceptor, d.response_interceptor.as_ref()),
            timeout: or(self.timeout, d.timeout.as_ref()),
            socket_timeout: or(self.socket_timeout, d.socket_timeout.as_ref()),
            connection_timeout: or(self.connection_timeout, d.connection_timeout.as_ref()),
            connection_request_timeout: or(
                self.connection_request_timeout,
                d.connection_request_timeout.as_ref(),
            ),
            retry_handler: or(self.retry_handler, d.retry_handler.as_ref()),
            retry: or(self.retry, d.retry.as_ref()),
            cancel: or(self.cancel, d.cancel.as_ref()),
            max_body_size: or(self.max_body_size, d.max_body_size.as_ref()),
            max_header_size: or(self.max_header_size, d.max_header_size.as_ref()),
            max_header_count: or(self.max_header_count, d.max_header_count.as_ref()),
            max_interim_responses: or(self.max_interim_responses, d.max_interim_responses.as_ref()),
            max_error_body: or(self.max_error_body, d.max_error_body.as_ref()),
            max_decompressed_size: or(self.max_decompressed_size, d.max_decompressed_size.as_ref()),
            max_decompression_ratio: or(
                self.max_decompression_ratio,
                d.max_decompression_ratio.as_ref(),
            ),
            protocol_version: or(self.protocol_version, d.protocol_version.as_ref()),
            insecure: or(self.insecure, d.insecure.as_ref()),
            trusted_certificates: or(self.trusted_certificates, d.trusted_certificates.as_ref()),
            resolve: or(self.resolve, d.resolve.as_ref()),
            io_config: or(self.io_config, d.io_config.as_ref()),
            local_address: or(self.local_address, d.local_address.as_ref()),
            resolver: or(self.resolver, d.resolver.as_ref()),
            proxy_host: or(self.proxy_host, d.proxy_host.as_ref()),
            proxy_port: or(self.proxy_port, d.proxy_port.as_ref()),
            proxy_user: or(self.proxy_user, d.proxy_user.as_ref()),
            proxy_pass: or(self.proxy_pass, d.proxy_pass.as_ref()),
            proxy_ignore_hosts: or(self.proxy_ignore_hosts, d.proxy_ignore_hosts.as_ref()),
            connection_manager: or(self.connection_manager, d.connection_manager.as_ref()),
            extensions,
            __more: (),
        }
    }
}
