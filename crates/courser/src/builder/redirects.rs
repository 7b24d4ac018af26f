//! How redirects are followed.

use courser_core::{Redirects, RequestInterceptor, ResponseInterceptor, Result, Sent};

use crate::RequestBuilder;

impl RequestBuilder {
    /// See [`Request::redirect_strategy`](crate::Request::redirect_strategy).
    pub fn redirect_strategy(self, strategy: Redirects) -> Self {
        self.set(|r| r.redirect_strategy = Some(strategy))
    }

    /// See [`Request::max_redirects`](crate::Request::max_redirects).
    pub fn max_redirects(self, max: usize) -> Self {
        self.set(|r| r.max_redirects = Some(max))
    }

    /// See [`Request::secret_headers`](crate::Request::secret_headers).
    pub fn secret_headers<T: Into<String>>(self, names: impl IntoIterator<Item = T>) -> Self {
        self.set(|r| r.secret_headers = Some(names.into_iter().map(Into::into).collect()))
    }

    /// See [`Request::request_interceptor`](crate::Request::request_interceptor).
    pub fn request_interceptor(
        self,
        f: impl Fn(&mut courser_core::Request) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.set(|r| r.request_interceptor = Some(RequestInterceptor::new(f)))
    }

    /// See [`Request::response_interceptor`](crate::Request::response_interceptor).
    pub fn response_interceptor(
        self,
        f: impl Fn(&Sent, &mut courser_core::Response) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.set(|r| r.response_interceptor = Some(ResponseInterceptor::new(f)))
    }

    /// See [`Request::allow_circular_redirects`](crate::Request::allow_circular_redirects).
    pub fn allow_circular_redirects(self, allow: bool) -> Self {
        self.set(|r| r.allow_circular_redirects = Some(allow))
    }

    /// See [`Request::allow_relative_redirects`](crate::Request::allow_relative_redirects).
    pub fn allow_relative_redirects(self, allow: bool) -> Self {
        self.set(|r| r.allow_relative_redirects = Some(allow))
    }

    /// See [`Request::allow_downgrade`](crate::Request::allow_downgrade).
    pub fn allow_downgrade(self, allow: bool) -> Self {
        self.set(|r| r.allow_downgrade = Some(allow))
    }

    /// See [`Request::resend_body_cross_origin`](crate::Request::resend_body_cross_origin).
    pub fn resend_body_cross_origin(self, resend: bool) -> Self {
        self.set(|r| r.resend_body_cross_origin = Some(resend))
    }

    /// See [`Request::referer`](crate::Request::referer).
    pub fn referer(self, send: bool) -> Self {
        self.set(|r| r.referer = Some(send))
    }
}
