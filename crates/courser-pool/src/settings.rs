//! Telling the transport how long connections are kept, without a clone per request.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use courser_core::ConnectSettings;

/// How many settings are remembered; clients have one or two.
const KEPT: usize = 8;

/// Settings with `keep_idle` set, each made once.
#[derive(Debug)]
pub(crate) struct Settings {
    keep_idle: Option<Duration>,
    /// What came and what it became, the newest last.
    known: Mutex<Vec<(Arc<ConnectSettings>, Arc<ConnectSettings>)>>,
}

impl Settings {
    pub(crate) fn new(keep_idle: Option<Duration>) -> Self {
        Settings {
            keep_idle,
            known: Mutex::default(),
        }
    }

    pub(crate) fn keeping(&self, settings: Arc<ConnectSettings>) -> Arc<ConnectSettings> {
        if settings.keep_idle == self.keep_idle {
            return settings;
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // Comparing `Arc`s looks at the pointers first, and then at all that is in them: what is
        // equal may be taken for the other in any case.
        if let Some((_, kept)) = known.iter().rfind(|(came, _)| *came == settings) {
            return kept.clone();
        }
        let mut kept = ConnectSettings::clone(&settings);
        kept.keep_idle = self.keep_idle;
        let kept = Arc::new(kept);
        if known.len() >= KEPT {
            known.remove(0);
        }
        known.push((settings, kept.clone()));
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_made_once_and_nothing_else_is_changed() {
        let idle = Some(Duration::from_secs(5));
        let settings = Settings::new(idle);
        let of = |time| {
            let mut of = ConnectSettings::default();
            of.connect_timeout = Some(Duration::from_secs(time));
            Arc::new(of)
        };
        let (a, b) = (of(1), of(2));
        let (kept_a, kept_b) = (settings.keeping(a.clone()), settings.keeping(b.clone()));
        assert!(Arc::ptr_eq(&kept_a, &settings.keeping(a.clone())));
        assert!(Arc::ptr_eq(&kept_a, &settings.keeping(of(1))), "equal ones");
        assert!(Arc::ptr_eq(&kept_b, &settings.keeping(b)));
        assert!(Arc::ptr_eq(&kept_b, &settings.keeping(kept_b.clone())));
        assert_eq!((a.keep_idle, kept_a.keep_idle), (None, idle));
        assert_eq!(*Settings::new(None).keeping(kept_a), *a);

        for time in 0..100 {
            settings.keeping(of(time));
        }
        assert_eq!(settings.known.lock().unwrap().len(), KEPT);
    }
}
