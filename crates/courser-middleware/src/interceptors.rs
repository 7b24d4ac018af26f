//! The stage `interceptors`.

use courser_core::{
    Hook, Request, RequestInterceptor, Response, ResponseInterceptor, Result, Sent, Wants,
};

/// Functions of the user's that see each exchange (`:request-interceptor`,
/// `:response-interceptor`); an options group.
#[derive(Clone, Debug, Default)]
pub struct Interceptors {
    /// Sees each request.
    pub request: Option<RequestInterceptor>,
    /// Sees the head of each response.
    pub response: Option<ResponseInterceptor>,
}

/// Calls the [`Interceptors`], for each hop of redirects.
#[derive(Debug)]
pub struct InterceptorStage;

impl Hook for InterceptorStage {
    fn name(&self) -> &'static str {
        "interceptors"
    }

    fn wants_request(&self) -> Wants {
        Wants::option::<Interceptors>()
    }

    fn wants_head(&self) -> Wants {
        Wants::option::<Interceptors>()
    }

    fn request(&self, req: &mut Request) -> Result<()> {
        match req.options.get_arc::<Interceptors>().as_deref() {
            Some(Interceptors {
                request: Some(interceptor),
                ..
            }) => interceptor.call(req),
            _ => Ok(()),
        }
    }

    fn head(&self, sent: &Sent, res: &mut Response) -> Result<()> {
        match sent.options.get::<Interceptors>() {
            Some(Interceptors {
                response: Some(interceptor),
                ..
            }) => interceptor.call(sent, res),
            _ => Ok(()),
        }
    }
}
