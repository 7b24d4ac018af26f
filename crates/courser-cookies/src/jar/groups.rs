//! Where the cookies of a jar stand, and which of them go first.

use std::collections::HashMap;
use std::time::SystemTime;

use super::Limits;
use super::admit::registrable;
use crate::cookie::Cookie;
use crate::site::{Site, is_under, is_within};

/// A cookie in a jar. Its domain and path are set.
pub(super) struct Kept {
    pub(super) cookie: Cookie,
    /// Its quotes are not shown (the policy `standard`).
    unquoted: bool,
    /// When it, or the one whose place it took, was put in.
    pub(super) created: u64,
    used: u64,
}

impl Kept {
    fn domain(&self) -> &str {
        self.cookie.domain.as_deref().unwrap_or_default()
    }

    fn path(&self) -> &str {
        self.cookie.path.as_deref().unwrap_or("/")
    }

    /// RFC 6265bis, 5.7: name, domain, host-only and path make a cookie.
    fn is_same(&self, other: &Cookie) -> bool {
        self.cookie.name == other.name
            && self.cookie.domain == other.domain
            && self.cookie.host_only == other.host_only
            && self.cookie.path == other.path
    }

    fn fits(&self, to: &Site<'_>, now: SystemTime) -> bool {
        let host = if self.cookie.host_only {
            to.host() == self.domain()
        } else {
            to.is_of(self.domain())
        };
        host && to.is_under(self.path())
            && (to.is_secure() || !self.cookie.secure)
            && !self.cookie.is_expired(now)
    }

    /// As it is told.
    pub(super) fn shown(&self) -> Cookie {
        let mut cookie = self.cookie.clone();
        if self.unquoted {
            let inner = cookie
                .value
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'));
            if let Some(inner) = inner {
                cookie.value = inner.to_owned();
            }
        }
        cookie
    }
}

/// The cookies by registrable domain, so that a request looks only at those that may concern it, and
/// no party takes the place of another.
#[derive(Default)]
pub(super) struct Groups {
    by_domain: HashMap<String, Vec<Kept>>,
    total: usize,
    /// Counts what happens: a clock that never stands still.
    turn: u64,
    limits: Limits,
}

impl Groups {
    pub(super) fn new(limits: Limits) -> Self {
        Groups {
            limits,
            ..Groups::default()
        }
    }

    pub(super) fn len(&self) -> usize {
        self.total
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Kept> {
        self.by_domain.values().flatten()
    }

    pub(super) fn clear(&mut self) {
        self.by_domain.clear();
        self.total = 0;
    }

    /// Whether a secure cookie of that name is there, to which one that came over http must not
    /// put its like (RFC 6265bis, 5.7).
    pub(super) fn has_secure_like(&self, cookie: &Cookie) -> bool {
        let domain = cookie.domain.as_deref().unwrap_or_default();
        let path = cookie.path.as_deref().unwrap_or("/");
        let group = self.by_domain.get(registrable(domain));
        group.into_iter().flatten().any(|kept| {
            kept.cookie.secure
                && kept.cookie.name == cookie.name
                && (is_within(domain, kept.domain()) || is_within(kept.domain(), domain))
                && is_under(path, kept.path())
        })
    }

    /// Puts a cookie in the place of its like, or removes that if it has ended. Tells whether
    /// anything changed.
    pub(super) fn put(&mut self, cookie: Cookie, unquoted: bool, now: SystemTime) -> bool {
        self.turn += 1;
        let ended = cookie.is_expired(now);
        let domain = registrable(cookie.domain.as_deref().unwrap_or_default()).to_owned();
        let group = self.by_domain.entry(domain.clone()).or_default();
        let before = group.len();
        let old = group.iter().position(|kept| kept.is_same(&cookie));
        let old = old.map(|at| group.remove(at));
        let changed = old.is_some() || !ended;
        if !ended {
            group.push(Kept {
                cookie,
                unquoted,
                created: old.map_or(self.turn, |old| old.created),
                used: self.turn,
            });
        }
        while group.len() > self.limits.per_domain {
            remove_first(group, now);
        }
        self.total = self.total + group.len() - before;
        if group.is_empty() {
            self.by_domain.remove(&domain);
        }
        self.make_room(now);
        changed
    }

    /// Keeps the limit of all.
    fn make_room(&mut self, now: SystemTime) {
        while self.total > self.limits.total {
            let rank = |group: &Vec<Kept>| group.iter().map(|kept| rank(kept, now)).min();
            let groups = self.by_domain.iter();
            let first = groups.min_by_key(|(_, group)| rank(group));
            let Some(domain) = first.map(|(domain, _)| domain.clone()) else {
                return;
            };
            if let Some(group) = self.by_domain.get_mut(&domain) {
                remove_first(group, now);
                self.total -= 1;
                if group.is_empty() {
                    self.by_domain.remove(&domain);
                }
            }
        }
    }

    /// Those that a request should have, in their order (RFC 6265bis, 5.8.3). They count as used.
    fn fitting(&mut self, to: &Site<'_>, now: SystemTime) -> Vec<&Kept> {
        self.turn += 1;
        let group = self.by_domain.get_mut(registrable(to.host()));
        let group = group.into_iter().flatten();
        let mut fitting: Vec<&Kept> = group
            .filter(|kept| kept.fits(to, now))
            .map(|kept| {
                kept.used = self.turn;
                &*kept
            })
            .collect();
        fitting.sort_by_key(|kept| (std::cmp::Reverse(kept.path().len()), kept.created));
        fitting
    }

    /// The same, for others to write.
    pub(super) fn cookies_for(&mut self, to: &Site<'_>, now: SystemTime) -> Vec<Cookie> {
        let fitting = self.fitting(to, now).into_iter();
        fitting.map(|kept| kept.cookie.clone()).collect()
    }

    /// The text of the `Cookie` field for a request, as long as it may be.
    pub(super) fn text_for(&mut self, to: &Site<'_>, now: SystemTime) -> String {
        let limit = self.limits.header;
        let mut text = String::new();
        for kept in self.fitting(to, now) {
            let before = text.len();
            kept.cookie.write(&mut text);
            if text.len() > limit {
                text.truncate(before);
                break;
            }
        }
        text
    }
}

/// What goes first when there is no room: the smallest.
fn rank(kept: &Kept, now: SystemTime) -> (bool, bool, u64) {
    (!kept.cookie.is_expired(now), kept.cookie.secure, kept.used)
}

fn remove_first(group: &mut Vec<Kept>, now: SystemTime) {
    let first = (0..)
        .zip(group.iter())
        .min_by_key(|(_, kept)| rank(kept, now));
    if let Some((at, _)) = first {
        let at: usize = at;
        group.remove(at);
    }
}
