//! One connection a request.

use std::sync::Arc;
use std::time::Duration;

use courser_core::{
    BoxFuture, Call, Capabilities, Conn, Connect, ConnectionManager, Connector, Lease, Result,
    Statistics,
};

use crate::manager::Manager;
use crate::options::PoolOptions;

/// A connection for each request, without limits, closed afterwards: what clj-http does outside
/// of a connection pool. Requests over it say `Connection: close`.
#[derive(Debug)]
pub struct PerRequest(Manager);

impl PerRequest {
    /// Connections of a transport.
    #[must_use]
    pub fn new(connector: Arc<dyn Connector>) -> Self {
        PerRequest(Manager::new(connector, PoolOptions::default(), false))
    }
}

impl ConnectionManager for PerRequest {
    fn lease<'a>(
        &'a self,
        to: Connect,
        wait: Option<Duration>,
        call: &'a Arc<Call>,
    ) -> BoxFuture<'a, Result<(Box<dyn Conn>, Lease)>> {
        self.0.lease(to, wait, call)
    }

    fn keeps_alive(&self) -> bool {
        false
    }

    fn capabilities(&self) -> Capabilities {
        self.0.connector().capabilities()
    }

    fn waits_alone(&self) -> bool {
        self.0.connector().waits_alone()
    }

    fn connector(&self) -> Option<&Arc<dyn Connector>> {
        Some(self.0.connector())
    }

    fn statistics(&self) -> Statistics {
        self.0.statistics()
    }

    fn shutdown(&self) {
        self.0.shutdown();
    }

    fn shutdown_now(&self) {
        self.0.shutdown_now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test::{Fake, FakeRt, Task};
    use courser_core::{ConnectSettings, ErrorKind};

    #[test]
    fn each_has_its_own_and_none_is_kept() {
        let fake = Arc::new(Fake::default());
        let manager = PerRequest::new(fake.clone());
        assert!(!manager.keeps_alive() && manager.capabilities().exact_target);
        let call = FakeRt::new(0).call();
        let mut settings = ConnectSettings::default();
        settings.keep_idle = Some(Duration::from_secs(9)); // another manager's
        let to = Connect {
            https: true,
            host: "h".into(),
            port: 443,
            settings: Arc::new(settings),
        };
        for made in 1..=3 {
            let lease = manager.lease(to.clone(), None, &call);
            let (conn, lease) = Task::new(lease).done().unwrap();
            assert_eq!((manager.statistics().leased, fake.made()), (1, made));
            lease.give_back(conn);
            assert_eq!((manager.statistics().leased, fake.open()), (0, 0));
        }
        assert_eq!(fake.made.lock().unwrap()[0].settings.keep_idle, None);
        manager.shutdown();
        let error = Task::new(manager.lease(to, None, &call)).done().err();
        assert_eq!(error.unwrap().kind(), ErrorKind::Closed);
    }
}
