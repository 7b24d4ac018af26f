//! Servers as processes of this one.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// A server under way; stopped when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    /// Its name and version, as it tells them.
    pub version: String,
    /// Where it speaks plain HTTP.
    pub http: u16,
    /// Where it speaks TLS; 0 if nowhere.
    pub https: u16,
    child: Child,
}

impl Server {
    /// Starts a program, and waits until something listens on its ports.
    pub(crate) fn start(
        version: String,
        mut command: Command,
        http: u16,
        https: u16,
        log: &Path,
    ) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let file =
            std::fs::File::create(log).with_context(|| format!("making {}", log.display()))?;
        command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file);
        let child = command
            .spawn()
            .with_context(|| format!("starting {name}"))?;
        let mut server = Self {
            version,
            http,
            https,
            child,
        };
        for port in [http, https].into_iter().filter(|port| *port != 0) {
            server.wait_for(port, &name, log)?;
        }
        Ok(server)
    }

    /// Another process tells nothing when it is ready, so its port is tried, for 20 s at most.
    fn wait_for(&mut self, port: u16, name: &str, log: &Path) -> Result<()> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        for _ in 0..400 {
            if TcpStream::connect(address).is_ok() {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                let said = std::fs::read_to_string(log).unwrap_or_default();
                bail!("{name} ended with {status} before it listened:\n{said}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let said = std::fs::read_to_string(log).unwrap_or_default();
        bail!("{name} does not listen on port {port}:\n{said}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // By its own process id. Each runs as one process, or with children that end with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port of the loopback interface that is free at the moment.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("finding a free port")?;
    Ok(listener.local_addr()?.port())
}

/// What a program prints of its version, the first line of it.
pub(crate) fn version(program: &Path, argument: &str, install: &str) -> Result<String> {
    let output = Command::new(program)
        .arg(argument)
        .output()
        .with_context(|| format!("{} is not here; {install}", program.display()))?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    Ok(said.lines().next().unwrap_or_default().trim().to_owned())
}

/// A file of a server, with its folder.
pub(crate) fn write(path: PathBuf, content: impl AsRef<[u8]>) -> Result<PathBuf> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    std::fs::write(&path, content).with_context(|| format!("writing {}", path.display()))?;
    Ok(path)
}

/// What nginx and Apache both serve: text that compresses, and bytes that are counted.
pub(crate) fn documents(folder: &Path) -> Result<PathBuf> {
    let root = folder.join("htdocs");
    write(root.join("hello.txt"), "hello\n")?;
    write(root.join("text.html"), crate::cases::text())?;
    write(root.join("1m.bin"), crate::cases::bytes(1 << 20))?;
    write(root.join("empty.txt"), "")?;
    Ok(root)
}
