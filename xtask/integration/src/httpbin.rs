//! httpbin under gunicorn: what it says it received.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::{Server, free_port, version};

/// Starts it.
pub(crate) fn start(folder: &Path) -> Result<Server> {
    let folder = folder.join("httpbin");
    std::fs::create_dir_all(&folder)?;
    let python = std::env::var_os("COURSER_PYTHON").unwrap_or_else(|| "python3".into());
    let python = PathBuf::from(python);
    let install = "set COURSER_PYTHON to a python that has httpbin and gunicorn";
    let version = format!("httpbin on {}", version(&python, "--version", install)?);
    let http = free_port()?;
    let mut command = Command::new(&python);
    command
        .current_dir(&folder)
        .args(["-m", "gunicorn", "--threads", "8", "--keep-alive", "30"])
        // The one worker ends by itself when its parent is gone.
        .args(["--workers", "1", "--worker-tmp-dir"])
        .arg(&folder)
        .args(["--bind", &format!("127.0.0.1:{http}"), "httpbin:app"]);
    Server::start(version, command, http, 0, &folder.join("log"))
        .with_context(|| format!("httpbin; {install}"))
}
