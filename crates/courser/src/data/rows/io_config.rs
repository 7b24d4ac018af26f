//! Options of sockets.

use std::time::Duration;

use courser_coerce::Value;
use courser_core::SocketOptions;

use super::super::option::Entry;
use super::super::parse::{Outcome, Unfit, count, flag, time, unknown_word};
use super::super::read::Draft;

pub(super) const ROW: Entry = Entry::new(
    "io-config",
    "a map: :tcp-no-delay, :so-keep-alive, :so-linger in seconds, :rcv-buf-size, :snd-buf-size, \
     :connect-timeout, :so-timeout",
    "no delay, the system's otherwise",
    "options of the socket; the two timeouts are :connection-timeout and :socket-timeout",
    |draft, value, _| read(draft, value),
);

const KNOWN: [&str; 11] = [
    "connect-timeout",
    "so-timeout",
    "tcp-no-delay",
    "so-keep-alive",
    "so-linger",
    "rcv-buf-size",
    "snd-buf-size",
    // Of the threads of Apache's reactor, which is not here: accepted, without effect.
    "io-thread-count",
    "select-interval",
    "shutdown-grace-period",
    "interest-op-queued",
];

fn read(draft: &mut Draft, value: &Value) -> Outcome {
    let mut socket = SocketOptions::default();
    for (name, value) in value.as_map().ok_or(Unfit::Type)? {
        let name = name.as_name().ok_or(Unfit::Type)?;
        let bare = name.strip_suffix('?').unwrap_or(name);
        if value.is_nil() && KNOWN.contains(&bare) {
            continue;
        }
        let read = match bare {
            "tcp-no-delay" => flag(value).map(|on| socket.no_delay = on),
            "so-keep-alive" => flag(value).map(|on| socket.keep_alive = on),
            "so-linger" => linger(value).map(|time| socket.linger = time),
            "rcv-buf-size" => buffer(value).map(|size| socket.receive_buffer = size),
            "snd-buf-size" => buffer(value).map(|size| socket.send_buffer = size),
            // An option of the request itself comes before them, wherever it stands.
            "connect-timeout" => time(value).map(|time| {
                draft.request.connection_timeout.get_or_insert(time);
            }),
            "so-timeout" => time(value).map(|time| {
                draft.request.socket_timeout.get_or_insert(time);
            }),
            "io-thread-count" | "select-interval" | "shutdown-grace-period" => {
                count(value).map(drop)
            }
            "interest-op-queued" => flag(value).map(drop),
            _ => return Err(unknown_word(name, KNOWN)),
        };
        if let Err(Unfit::Type) = read {
            return Err(Unfit::Because(format!("has a wrong :{bare}")));
        }
        read?;
    }
    draft.request.io_config = Some(Box::new(socket));
    Ok(())
}

/// Seconds; -1 is the system's way, as it is to Apache's client.
fn linger(value: &Value) -> Outcome<Option<Duration>> {
    match value {
        Value::Int(-1) => Ok(None),
        value => {
            let seconds = u16::try_from(count(value)?).map_err(|_| Unfit::Type)?;
            Ok(Some(Duration::from_secs(seconds.into())))
        }
    }
}

/// Bytes; 0 is the system's choice.
fn buffer(value: &Value) -> Outcome<Option<usize>> {
    // The system takes an `int`.
    let size = i32::try_from(count(value)?)
        .ok()
        .and_then(|size| usize::try_from(size).ok());
    Ok(Some(size.ok_or(Unfit::Type)?).filter(|size| *size > 0))
}

/// What [`read`] reads; what differs from the default.
pub(in crate::data) fn write(socket: &SocketOptions) -> Value {
    let standard = SocketOptions::default();
    let mut map: Vec<(&str, Value)> = Vec::new();
    if socket.no_delay != standard.no_delay {
        map.push(("tcp-no-delay", socket.no_delay.into()));
    }
    if socket.keep_alive != standard.keep_alive {
        map.push(("so-keep-alive", socket.keep_alive.into()));
    }
    if let Some(linger) = socket.linger {
        map.push(("so-linger", linger.as_secs().into()));
    }
    if let Some(size) = socket.receive_buffer {
        map.push(("rcv-buf-size", size.into()));
    }
    if let Some(size) = socket.send_buffer {
        map.push(("snd-buf-size", size.into()));
    }
    Value::keyword_map(map)
}

#[cfg(all(test, feature = "edn"))]
mod tests {
    use crate::Request;
    use std::time::Duration;

    #[test]
    fn reads_what_it_writes() {
        let read = |text: &str| Request::from_edn(text).map_err(|error| error.to_string());
        let text = "{:io-config {:tcp-no-delay false, :so-keep-alive? true, :so-linger 3, \
                    :rcv-buf-size 1024, :snd-buf-size 2048}}";
        let request = read(text).unwrap();
        let socket = request.io_config.clone().unwrap();
        assert!(!socket.no_delay && socket.keep_alive);
        assert_eq!(socket.linger, Some(Duration::from_secs(3)));
        assert_eq!(
            (socket.receive_buffer, socket.send_buffer),
            (Some(1024), Some(2048))
        );
        let again = read(&request.to_edn().unwrap()).unwrap();
        assert_eq!(again.io_config, request.io_config);

        let plain = read("{:io-config {:so-linger -1 :rcv-buf-size 0 :io-thread-count 2}}");
        assert_eq!(plain.unwrap().io_config, Some(Box::default()));
    }

    #[test]
    fn timeouts_of_the_request_come_first() {
        let second = Some(Duration::from_secs(1));
        for text in [
            "{:socket-timeout 1000 :io-config {:so-timeout 5 :connect-timeout 1000}}",
            "{:io-config {:so-timeout 5 :connect-timeout 1000} :socket-timeout 1000}",
        ] {
            let request = Request::from_edn(text).unwrap();
            assert_eq!(
                (request.socket_timeout, request.connection_timeout),
                (second, second)
            );
        }
    }

    #[test]
    fn says_what_is_wrong() {
        for (config, says) in [
            ("{:tcp-nodelay true}", "did you mean :tcp-no-delay?"),
            ("{:so-linger 1.5}", "wrong :so-linger"),
            ("{:rcv-buf-size 3000000000}", "wrong :rcv-buf-size"),
            ("{:so-keep-alive 1}", "wrong :so-keep-alive"),
            ("5", "a map"),
        ] {
            let error = Request::from_edn(&format!("{{:io-config {config}}}")).unwrap_err();
            assert!(error.to_string().contains(says), "{error}");
        }
    }
}
