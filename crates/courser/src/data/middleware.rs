//! Stages by clj-http's names.

use courser_auth::middleware::{BasicStage, BearerStage, UserInfoStage};
use courser_coerce::middleware::{BodyStage, DecodeStage, FormStage, QueryParams, QueryStage};
use courser_cookies::middleware::{CookieStoreStage, CookiesStage};
use courser_core::{Error, Hook, Request, Result, Stack, Stage};
use courser_middleware::accept::AcceptStage;
use courser_middleware::accept_encoding::{AcceptEncoding, AcceptEncodingStage, LeaveCompressed};
use courser_middleware::compress::CompressStage;
use courser_middleware::content_type::ContentTypeStage;
use courser_middleware::debug::DebugStage;
use courser_middleware::decompress::DecompressStage;
use courser_middleware::interceptors::InterceptorStage;
use courser_middleware::links::LinksStage;
use courser_middleware::progress::ProgressStage;
use courser_middleware::redirect::RedirectStage;
use courser_middleware::retry::RetryStage;
use courser_middleware::save_request::SaveRequestStage;
use courser_middleware::status::StatusStage;
use courser_middleware::timing::TimingStage;
use courser_middleware::url::UrlStage;
use courser_middleware::user_agent::UserAgentStage;

use super::suggest::nearest;

/// The stages that clj-http's names stand for (`wrap-url` and so on), to be given to
/// [`Client::with_stack`](crate::Client::with_stack): what its `with-middleware` does. They run in
/// the order of [`default_stack`](crate::default_stack), whatever the order of the names.
///
/// ```
/// let stack = courser::data::stack(["wrap-method", "wrap-url", "wrap-exceptions"])?;
/// let names: Vec<&str> = stack.names().collect();
/// assert_eq!(names[..3], ["status", "url", "user-agent"]);
/// // What belongs to the client stays.
/// assert!(names.contains(&"redirects") && !names.contains(&"query"));
/// # Ok::<(), courser::Error>(())
/// ```
///
/// # Errors
/// A name that is not known.
pub fn stack<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Stack> {
    let mut wanted: Vec<&str> = Vec::new();
    for name in names {
        let Some((known, _)) = KNOWN.iter().find(|(known, _)| *known == name) else {
            let error = Error::invalid(format!(
                "there is no middleware {}",
                courser_core::excerpt(name, 60)
            ));
            return Err(match nearest(name, KNOWN.iter().map(|(known, _)| *known)) {
                Some(meant) => error.help(format!("did you mean {meant}?")),
                None => error,
            });
        };
        wanted.push(known);
    }
    let mut stack = Stack::new();
    for (name, stage) in KNOWN {
        let wanted_here = wanted.contains(name);
        if wanted_here
            && *name == "wrap-query-params"
            && !wanted.iter().any(|name| NESTED.contains(name))
        {
            stack.push(Stage::hook(NotNested));
        }
        // What is asked for unsaid belongs to decompressing.
        let undone = wanted.contains(&"wrap-decompression");
        let asks = *name == "wrap-accept-encoding" && (wanted_here || undone);
        if asks && wanted_here != undone {
            stack.push(Stage::hook(if undone {
                Asking::Unsaid
            } else {
                Asking::Said
            }));
        }
        if (wanted_here || asks || ALWAYS.contains(name))
            && let Some(make) = stage
        {
            stack.push(make());
        }
    }
    Ok(stack)
}

/// A name, and how its stage is made; none for what is no stage here.
type Known = (&'static str, Option<fn() -> Stage>);

/// Either flattens nested query parameters.
const NESTED: [&str; 2] = ["wrap-nested-params", "wrap-flatten-nested-params"];

/// The name of the client, compressing, progress, its memory, redirects, retries and showing
/// requests are no middleware there.
const ALWAYS: &[&str] = &[
    "user-agent",
    "compress",
    "debug",
    "redirects",
    "interceptors",
    "cookie-store",
    "progress",
    "retries",
];

/// In the order of the default stack.
const KNOWN: &[Known] = &[
    ("wrap-request-timing", Some(|| Stage::hook(TimingStage))),
    ("wrap-exceptions", Some(|| Stage::hook(StatusStage))),
    ("wrap-output-coercion", Some(|| Stage::hook(DecodeStage))),
    ("wrap-additional-header-parsing", META_TAGS),
    ("wrap-links", Some(|| Stage::hook(LinksStage))),
    ("wrap-save-request", Some(|| Stage::hook(SaveRequestStage))),
    ("wrap-url", Some(|| Stage::hook(UrlStage))),
    (NESTED[0], None),
    (NESTED[1], None),
    ("wrap-query-params", Some(|| Stage::hook(QueryStage))),
    ("user-agent", Some(|| Stage::hook(UserAgentStage))),
    ("wrap-accept", Some(|| Stage::hook(AcceptStage))),
    (
        "wrap-accept-encoding",
        Some(|| Stage::hook(AcceptEncodingStage)),
    ),
    ("wrap-content-type", Some(|| Stage::hook(ContentTypeStage))),
    ("wrap-form-params", Some(|| Stage::hook(FormStage))),
    ("wrap-input-coercion", Some(|| Stage::hook(BodyStage))),
    ("compress", Some(|| Stage::hook(CompressStage))),
    ("wrap-user-info", Some(|| Stage::hook(UserInfoStage))),
    ("wrap-basic-auth", Some(|| Stage::hook(BasicStage))),
    ("wrap-oauth", Some(|| Stage::hook(BearerStage))),
    ("wrap-cookies", Some(|| Stage::hook(CookiesStage))),
    ("debug", Some(|| Stage::hook(DebugStage))),
    ("redirects", Some(|| Stage::middleware(RedirectStage))),
    ("interceptors", Some(|| Stage::hook(InterceptorStage))),
    ("cookie-store", Some(|| Stage::hook(CookieStoreStage))),
    ("wrap-decompression", Some(|| Stage::hook(DecompressStage))),
    ("progress", Some(|| Stage::hook(ProgressStage))),
    ("retries", Some(|| Stage::middleware(RetryStage))),
    // What is part of every request here, or of no stage.
    ("wrap-method", None),
    ("wrap-header-map", None),
    ("wrap-unknown-host", None),
    ("wrap-content-length", None),
    ("wrap-fake-routes", None),
    ("wrap-redirects", None),
    ("wrap-async-pooling", None),
    ("wrap-lower-case-headers", None),
    ("wrap-query-string", None),
];

#[cfg(feature = "html")]
const META_TAGS: Option<fn() -> Stage> =
    Some(|| Stage::hook(courser_middleware::meta_tags::MetaTagsStage));
#[cfg(not(feature = "html"))]
const META_TAGS: Option<fn() -> Stage> = None;

/// What is done to `Accept-Encoding` where only one of `wrap-decompression` and
/// `wrap-accept-encoding` is there.
#[derive(Clone, Copy, Debug)]
enum Asking {
    /// Nothing is asked for unless `:accept-encoding` says so.
    Said,
    /// What can be decoded, whatever `:accept-encoding` says.
    Unsaid,
}

impl Hook for Asking {
    fn name(&self) -> &'static str {
        "asking"
    }

    fn request(&self, req: &mut Request) -> Result<()> {
        match self {
            Asking::Said => req.options.set(LeaveCompressed),
            Asking::Unsaid => drop(req.options.remove::<AcceptEncoding>()),
        }
        Ok(())
    }
}

/// Prints nested maps among the query parameters, as clj-http does without `wrap-nested-params`.
#[derive(Debug)]
struct NotNested;

impl Hook for NotNested {
    fn name(&self) -> &'static str {
        "not-nested"
    }

    fn request(&self, req: &mut Request) -> Result<()> {
        if let Some(query) = req.options.get::<QueryParams>() {
            let mut query = query.clone();
            query.write.flatten = false;
            req.options.set(query);
        }
        Ok(())
    }
}
