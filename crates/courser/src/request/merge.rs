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
    pub fn over(self, defaults: &Request) -> Request {
        fn or<T: Clone>(own: Option<T>, default: &Option<T>) -> Option<T> {
            own.or_else(|| default.clone())
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
            base_url: or(self.base_url, &d.base_url),
            normalize_uri: or(self.normalize_uri, &d.normalize_uri),
            query_string: or(self.query_string, &d.query_string),
            query_params: or(self.query_params, &d.query_params),
            multi_param_style: or(self.multi_param_style, &d.multi_param_style),
            ignore_nested_query_string: or(
                self.ignore_nested_query_string,
                &d.ignore_nested_query_string,
            ),
            flatten_nested_form_params: or(
                self.flatten_nested_form_params,
                &d.flatten_nested_form_params,
            ),
            flatten_nested_keys: or(self.flatten_nested_keys, &d.flatten_nested_keys),
            form_params: or(self.form_params, &d.form_params),
            form_param_encoding: or(self.form_param_encoding, &d.form_param_encoding),
            json_opts: or(self.json_opts, &d.json_opts),
            headers,
            accept: or(self.accept, &d.accept),
            accept_encoding: or(self.accept_encoding, &d.accept_encoding),
            content_type: or(self.content_type, &d.content_type),
            character_encoding: or(self.character_encoding, &d.character_encoding),
            user_agent: or(self.user_agent, &d.user_agent),
            basic_auth: or(self.basic_auth, &d.basic_auth),
            oauth_token: or(self.oauth_token, &d.oauth_token),
            body: if self.body.is_empty() {
                d.body.clone()
            } else {
                self.body
            },
            body_encoding: or(self.body_encoding, &d.body_encoding),
            length: or(self.length, &d.length),
            as_: or(self.as_, &d.as_),
            coerce: or(self.coerce, &d.coerce),
            decompress_body: or(self.decompress_body, &d.decompress_body),
            throw_exceptions: or(self.throw_exceptions, &d.throw_exceptions),
            unexceptional_status: or(self.unexceptional_status, &d.unexceptional_status),
            throw_entire_message: or(self.throw_entire_message, &d.throw_entire_message),
            save_request: or(self.save_request, &d.save_request),
            ignore_unknown_host: or(self.ignore_unknown_host, &d.ignore_unknown_host),
            timeout: or(self.timeout, &d.timeout),
            socket_timeout: or(self.socket_timeout, &d.socket_timeout),
            connection_timeout: or(self.connection_timeout, &d.connection_timeout),
            connection_request_timeout: or(
                self.connection_request_timeout,
                &d.connection_request_timeout,
            ),
            cancel: or(self.cancel, &d.cancel),
            max_body_size: or(self.max_body_size, &d.max_body_size),
            max_error_body: or(self.max_error_body, &d.max_error_body),
            max_decompressed_size: or(self.max_decompressed_size, &d.max_decompressed_size),
            max_decompression_ratio: or(self.max_decompression_ratio, &d.max_decompression_ratio),
            protocol_version: or(self.protocol_version, &d.protocol_version),
            insecure: or(self.insecure, &d.insecure),
            trusted_certificates: or(self.trusted_certificates, &d.trusted_certificates),
            resolve: or(self.resolve, &d.resolve),
            local_address: or(self.local_address, &d.local_address),
            connection_manager: or(self.connection_manager, &d.connection_manager),
            extensions,
            __more: (),
        }
    }
}
