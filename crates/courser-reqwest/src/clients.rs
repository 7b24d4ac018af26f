//! The clients that are kept, by what they fix.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use courser_core::rt::DriverId;
use courser_core::{Connect, ConnectSettings, Result};

use crate::build::build;

/// How many clients are kept; beyond that, the one unused for longest is let go with its idle
/// connections.
const MAX: usize = 32;

/// The clients in use, the latest first.
#[derive(Default)]
pub(crate) struct Clients(Mutex<Vec<Entry>>);

/// A client fixes all settings. `https` is part of it because the roots of the system are read
/// only where they are needed, and the driver because a connection dies with its runtime.
struct Entry {
    driver: DriverId,
    https: bool,
    settings: Arc<ConnectSettings>,
    client: reqwest::Client,
}

impl Entry {
    fn serves(&self, to: &Connect, driver: DriverId) -> bool {
        self.driver == driver
            && self.https == to.https
            && (Arc::ptr_eq(&self.settings, &to.settings) || self.settings == to.settings)
    }
}

impl Clients {
    /// The client for these settings; built if there is none.
    pub(crate) fn get(&self, to: &Connect, driver: DriverId) -> Result<reqwest::Client> {
        if let Some(client) = find(&mut self.entries(), to, driver) {
            return Ok(client);
        }
        // Reading the roots of the system takes its time, so nobody else waits for it here.
        let client = build(to)?;
        let mut entries = self.entries();
        if let Some(client) = find(&mut entries, to, driver) {
            return Ok(client);
        }
        let entry = Entry {
            driver,
            https: to.https,
            settings: to.settings.clone(),
            client: client.clone(),
        };
        entries.insert(0, entry);
        let evicted = if entries.len() > MAX {
            entries.pop()
        } else {
            None
        };
        drop(entries);
        drop(evicted);
        Ok(client)
    }

    /// Lets all go, with their idle connections. Exchanges under way go on.
    pub(crate) fn clear(&self) {
        let all = std::mem::take(&mut *self.entries());
        drop(all);
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn find(entries: &mut [Entry], to: &Connect, driver: DriverId) -> Option<reqwest::Client> {
    let at = entries.iter().position(|entry| entry.serves(to, driver))?;
    if at > 0 {
        entries.get_mut(..=at)?.rotate_right(1);
    }
    entries.first().map(|entry| entry.client.clone())
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clients({})", self.entries().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use courser_core::HttpVersion;

    fn connect(settings: ConnectSettings) -> Connect {
        Connect {
            https: false,
            host: "h".into(),
            port: 80,
            settings: Arc::new(settings),
        }
    }

    #[test]
    fn one_client_for_equal_settings_and_driver() {
        let clients = Clients::default();
        let (a, b) = (
            connect(ConnectSettings::default()),
            connect(ConnectSettings::default()),
        );
        let mut other = ConnectSettings::default();
        other.version = HttpVersion::Http11;
        let other = connect(other);
        for to in [&a, &b, &other, &a] {
            clients.get(to, DriverId(1)).unwrap();
        }
        assert_eq!(clients.entries().len(), 2);
        clients.get(&a, DriverId(2)).unwrap();
        assert_eq!(clients.entries().len(), 3);
        clients.clear();
        assert_eq!(clients.entries().len(), 0);
    }

    #[test]
    fn whatever_affects_a_connection_separates_clients() {
        let clients = Clients::default();
        let mut n = 0;
        let mut check = |change: fn(&mut ConnectSettings)| {
            let mut settings = ConnectSettings::default();
            change(&mut settings);
            clients.get(&connect(settings), DriverId(1)).unwrap();
            n += 1;
            assert_eq!(clients.entries().len(), n);
        };
        check(|_| {});
        check(|s| s.version = HttpVersion::Http10);
        check(|s| s.tls.insecure = true);
        check(|s| s.resolve = vec![("h".into(), ([127, 0, 0, 1], 80).into())]);
        check(|s| s.socket.local_address = Some([127, 0, 0, 1].into()));
        check(|s| s.connect_timeout = Some(std::time::Duration::from_secs(1)));
        check(|s| s.keep_idle = Some(std::time::Duration::from_secs(1)));
    }

    #[test]
    fn the_one_unused_for_longest_goes() {
        let clients = Clients::default();
        let to = connect(ConnectSettings::default());
        for driver in 1..=MAX as u64 {
            clients.get(&to, DriverId(driver)).unwrap();
        }
        clients.get(&to, DriverId(1)).unwrap();
        clients.get(&to, DriverId(99)).unwrap();
        let kept: Vec<u64> = clients.entries().iter().map(|e| e.driver.0).collect();
        assert_eq!(kept.len(), MAX);
        assert_eq!(kept.get(..2), Some(&[99, 1][..]));
        assert!(!kept.contains(&2));
    }
}
