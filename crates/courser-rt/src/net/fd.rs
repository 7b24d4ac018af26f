//! A socket that can be closed from elsewhere.

use std::net::Shutdown;

use courser_core::rt::Close;
use socket2::SockRef;

/// What both drivers share with those who may close it.
#[derive(Debug)]
pub(crate) struct Fd<S>(pub(crate) S);

#[cfg(unix)]
impl<S: std::os::fd::AsFd + Send + Sync> Close for Fd<S> {
    fn close(&self) {
        // It may be closed already.
        let _ = SockRef::from(&self.0).shutdown(Shutdown::Both);
    }
}

#[cfg(windows)]
impl<S: std::os::windows::io::AsSocket + Send + Sync> Close for Fd<S> {
    fn close(&self) {
        let _ = SockRef::from(&self.0).shutdown(Shutdown::Both);
    }
}
