//! What a client does with a request, in order.

use std::sync::LazyLock;

use courser_auth::middleware::{BasicStage, BearerStage, UserInfoStage};
#[cfg(feature = "multipart")]
use courser_coerce::middleware::MultipartStage;
use courser_coerce::middleware::{BodyStage, DecodeStage, FormStage, QueryStage};
use courser_cookies::middleware::{CookieStoreStage, CookiesStage};
use courser_core::{Stack, Stage};
use courser_middleware::accept::AcceptStage;
use courser_middleware::accept_encoding::AcceptEncodingStage;
use courser_middleware::compress::CompressStage;
use courser_middleware::content_type::ContentTypeStage;
use courser_middleware::debug::DebugStage;
use courser_middleware::decompress::DecompressStage;
use courser_middleware::interceptors::InterceptorStage;
use courser_middleware::links::LinksStage;
#[cfg(feature = "html")]
use courser_middleware::meta_tags::MetaTagsStage;
use courser_middleware::progress::ProgressStage;
use courser_middleware::redirect::RedirectStage;
use courser_middleware::retry::RetryStage;
use courser_middleware::save_request::SaveRequestStage;
use courser_middleware::status::StatusStage;
use courser_middleware::timing::TimingStage;
use courser_middleware::url::UrlStage;
use courser_middleware::user_agent::UserAgentStage;

/// The stages of a client, outermost first. A request passes them from top to bottom, its
/// response from bottom to top.
///
/// ```
/// let names: Vec<&str> = courser::default_stack().names().collect();
/// assert_eq!(names[..3], ["status", "timing", "decode"]);
/// ```
#[must_use]
pub fn default_stack() -> Stack {
    // None has a state, so that all clients share them: making one is cheap then.
    static STACK: LazyLock<Stack> = LazyLock::new(|| all().into_iter().collect());
    STACK.clone()
}

fn all() -> Vec<Stage> {
    vec![
        // On the way back, once a call:
        Stage::hook(StatusStage), // makes errors of exceptional statuses
        Stage::hook(TimingStage), // tells how long it took, also of those
        Stage::hook(DecodeStage), // makes data of the body, as `:as` says
        #[cfg(feature = "html")]
        Stage::hook(MetaTagsStage), // reads the <meta> elements of a page
        Stage::hook(LinksStage),  // reads the Link fields
        Stage::hook(SaveRequestStage), // keeps the request beside its response
        // On the way out, once a call:
        Stage::hook(UrlStage),            // appends :query-string
        Stage::hook(QueryStage),          // appends :query-params
        Stage::hook(UserAgentStage),      // names the client
        Stage::hook(AcceptStage),         // :accept
        Stage::hook(AcceptEncodingStage), // :accept-encoding, or what can be decompressed
        Stage::hook(ContentTypeStage),    // :content-type
        Stage::hook(FormStage),           // makes a body of :form-params
        #[cfg(feature = "multipart")]
        Stage::hook(MultipartStage), // makes a body of :multipart
        Stage::hook(BodyStage),           // encodes a body of text
        Stage::hook(CompressStage),       // :compress-body; what signs goes below it
        Stage::hook(UserInfoStage),       // takes credentials out of the URL
        Stage::hook(BasicStage),          // :basic-auth
        Stage::hook(BearerStage),         // :oauth-token
        Stage::hook(CookiesStage),        // :cookies, and reads those of the response
        Stage::hook(DebugStage),          // shows the request, if asked to
        // From here on once per hop:
        Stage::middleware(RedirectStage), // follows redirects
        Stage::hook(InterceptorStage),    // :request-interceptor, :response-interceptor
        Stage::hook(CookieStoreStage),    // sends and keeps what is remembered
        Stage::hook(DecompressStage),     // undoes the content codings, as the body streams
        Stage::hook(ProgressStage),       // :progress
        Stage::middleware(RetryStage),    // sends again what failed, or is to come again
    ]
}
