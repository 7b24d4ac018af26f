//! The server: a process of its own, a thread a connection, and sockets of the standard library.

use std::collections::HashSet;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::plan::{Fate, Plan};

/// The longest that a client is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Numbers that were met once.
type Once = Arc<Mutex<HashSet<u64>>>;

/// Serves until whoever started it is gone; prints its port.
pub(crate) fn serve(seed: u64) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?.port());
    thread::spawn(move || {
        let once = Once::default();
        for stream in listener.incoming().flatten() {
            let once = once.clone();
            // What a client does is its business: an error ends its connection.
            thread::spawn(move || Connection::new(stream, seed, once)?.run());
        }
    });
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

struct Connection {
    stream: TcpStream,
    seed: u64,
    once: Once,
    /// Read, but not yet looked at.
    ahead: Vec<u8>,
}

impl Connection {
    fn new(stream: TcpStream, seed: u64, once: Once) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Connection {
            stream,
            seed,
            once,
            ahead: Vec::new(),
        })
    }

    fn run(mut self) -> io::Result<()> {
        while let Some(head) = self.head()? {
            if !self.answer(&head)? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The next head; `None` at the end.
    fn head(&mut self) -> io::Result<Option<String>> {
        loop {
            let end = self.ahead.windows(4).position(|four| four == b"\r\n\r\n");
            if let Some(end) = end {
                let rest = self.ahead.split_off(end + 4);
                let head = std::mem::replace(&mut self.ahead, rest);
                return Ok(Some(String::from_utf8_lossy(&head).into_owned()));
            }
            if self.more()? == 0 {
                return Ok(None);
            }
        }
    }

    fn more(&mut self) -> io::Result<usize> {
        let mut buffer = [0; 16 * 1024];
        let count = self.stream.read(&mut buffer)?;
        self.ahead
            .extend_from_slice(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }

    /// Reads the body of the request; whether it is what it should be.
    fn body(&mut self, plan: &Plan) -> io::Result<bool> {
        let Some(expected) = plan.upload() else {
            return Ok(true);
        };
        while self.ahead.len() < expected.len() {
            if self.more()? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let rest = self.ahead.split_off(expected.len());
        Ok(std::mem::replace(&mut self.ahead, rest) == expected)
    }

    /// Does what is planned; whether the connection goes on.
    fn answer(&mut self, head: &str) -> io::Result<bool> {
        let number = head
            .split(' ')
            .nth(1)
            .and_then(|target| target.strip_prefix('/'))
            .and_then(|number| number.parse().ok());
        let plan = Plan::of(self.seed, number.ok_or(io::ErrorKind::InvalidData)?);
        if plan.fate == Fate::Early {
            self.stream.write_all(&whole(&plan, "", true))?;
            // The client may read it at leisure: what it still sends is read too.
            return self.body(&plan);
        }
        if !self.body(&plan)? {
            let wrong = "HTTP/1.1 500 Wrong\r\nContent-Length: 0\r\n\r\n";
            self.stream.write_all(wrong.as_bytes())?;
            return Ok(true);
        }
        self.act(&plan)
    }

    fn act(&mut self, plan: &Plan) -> io::Result<bool> {
        match plan.fate {
            Fate::Answer | Fate::Early => self.send(&whole(plan, "", true), plan)?,
            Fate::Hints => {
                self.stream
                    .write_all(b"HTTP/1.1 103 Early Hints\r\nLink: </s>; rel=preload\r\n\r\n")?;
                self.send(&whole(plan, "", true), plan)?;
            }
            Fate::CloseAfter => {
                self.send(&whole(plan, "", true), plan)?;
                return Ok(false);
            }
            Fate::CloseSaid => {
                self.send(&whole(plan, "Connection: close\r\n", true), plan)?;
                return Ok(false);
            }
            Fate::UntilClose => {
                self.send(&whole(plan, "", false), plan)?;
                return Ok(false);
            }
            Fate::HalfCloseAfter => {
                self.send(&whole(plan, "", false), plan)?;
                return self.half_close();
            }
            Fate::Junk => {
                let mut answer = whole(plan, "", true);
                answer.extend_from_slice(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\njunk!");
                self.stream.write_all(&answer)?;
                // Whatever comes next on it is a client's mistake, and answered with more of it.
            }
            Fate::Once => {
                let mut once = self.once.lock().unwrap_or_else(PoisonError::into_inner);
                if once.insert(plan.number) {
                    return Ok(false);
                }
                once.remove(&plan.number);
                drop(once);
                self.send(&whole(plan, "", true), plan)?;
            }
            Fate::CloseBefore => return Ok(false),
            Fate::HalfCloseBefore => return self.half_close(),
            Fate::ResetBefore => return self.reset(),
            Fate::CloseInHead | Fate::ResetInHead => {
                let head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n";
                let cut = head.len() * plan.cut / 1000;
                self.stream
                    .write_all(head.as_bytes().get(..cut).unwrap_or_default())?;
                if plan.fate == Fate::ResetInHead {
                    return self.reset();
                }
                return Ok(false);
            }
            Fate::Garbage => {
                self.stream
                    .write_all(b"\x16\x03\x01 what is this?\r\n\r\n")?;
                return Ok(false);
            }
            Fate::CloseInBody | Fate::HalfCloseInBody | Fate::ResetInBody | Fate::StallInBody => {
                self.stream.write_all(&part(plan))?;
                return match plan.fate {
                    Fate::HalfCloseInBody => self.half_close(),
                    Fate::ResetInBody => self.reset(),
                    Fate::StallInBody => self.stall(),
                    _ => Ok(false),
                };
            }
            Fate::StallBefore => return self.stall(),
        }
        Ok(true)
    }

    /// In two pieces, as a rule.
    fn send(&mut self, answer: &[u8], plan: &Plan) -> io::Result<()> {
        let (first, second) = answer.split_at(answer.len() * plan.cut / 1000);
        self.stream.write_all(first)?;
        self.stream.write_all(second)
    }

    /// Ends its own side, and reads on until the client has ended its own.
    fn half_close(&mut self) -> io::Result<bool> {
        self.stream.shutdown(Shutdown::Write)?;
        self.stall()
    }

    /// Reads until the client has had enough.
    fn stall(&mut self) -> io::Result<bool> {
        while self.more()? > 0 {
            self.ahead.clear();
        }
        Ok(false)
    }

    /// Closing from here on resets.
    fn reset(&mut self) -> io::Result<bool> {
        socket2::SockRef::from(&self.stream).set_linger(Some(Duration::ZERO))?;
        Ok(false)
    }
}

/// The right answer; its end told by itself, or by closing.
fn whole(plan: &Plan, field: &str, told: bool) -> Vec<u8> {
    let body = plan.answer();
    let mut answer =
        format!("HTTP/1.1 200 OK\r\nX-Number: {}\r\n{field}", plan.number).into_bytes();
    match (told, plan.chunked) {
        (false, _) => {
            answer.extend_from_slice(b"Connection: close\r\n\r\n");
            answer.extend_from_slice(&body);
        }
        (true, false) => {
            answer.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
            answer.extend_from_slice(&body);
        }
        (true, true) => {
            answer.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n");
            for chunk in body.chunks(plan.cut * 8 + 1) {
                answer.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                answer.extend_from_slice(chunk);
                answer.extend_from_slice(b"\r\n");
            }
            answer.extend_from_slice(b"0\r\n\r\n");
        }
    }
    answer
}

/// The right answer, cut short within its body, which is made longer for that.
fn part(plan: &Plan) -> Vec<u8> {
    let longer = Plan {
        gets: plan.gets + 10,
        ..*plan
    };
    let mut answer = whole(&longer, "", true);
    let head = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap_or_default()
        + 4;
    // At least the last byte is missing: of the body, or of the last chunk.
    let body = answer.len() - head;
    answer.truncate(head + body * plan.cut / 1000);
    answer
}
