//! What the transports promise, each case over both of them and under both drivers. Cases that
//! only one can do are in modules of its own, which say why.

mod drivers;
mod exchange;
mod failures;
mod http2;
mod native;
mod reqwest;
mod support;
mod tls;
mod waiting;
