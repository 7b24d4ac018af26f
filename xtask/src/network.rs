//! A network in which speed is measured.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::steps::name;

/// Reno sends as fast as the other end reads. BBR, the default of some systems, spreads what it sends over time, by chance
/// so far that a client's own cost does not show. What a namespace sets holds for it alone.
const SET_UP: &str = "ip link set lo up && echo reno > /proc/sys/net/ipv4/tcp_congestion_control";
const APART: [&str; 5] = ["--user", "--map-root-user", "--net", "sh", "-c"];

/// Runs the command in a network namespace of its own, with Reno as its congestion control; in the network of this
/// machine where the system grants no other. Says which on standard output.
pub fn apart(command: &mut Command) -> Result<()> {
    let name = name(command);
    let mut apart;
    let command = if is_granted() {
        println!("in a network of its own, with the congestion control reno");
        apart = wrapped(command);
        &mut apart
    } else {
        println!("in the network of this machine, with its congestion control");
        command
    };
    let status = command
        .status()
        .with_context(|| format!("starting {name}"))?;
    ensure!(status.success(), "{name}: {status}");
    Ok(())
}

fn is_granted() -> bool {
    let mut probe = Command::new("unshare");
    probe.args(APART).arg(SET_UP);
    probe
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

fn wrapped(command: &Command) -> Command {
    let mut wrapped = Command::new("unshare");
    wrapped.args(APART);
    wrapped.arg(format!("{SET_UP} && exec \"$@\"")).arg("sh");
    wrapped.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => wrapped.env(name, value),
            None => wrapped.env_remove(name),
        };
    }
    if let Some(dir) = command.get_current_dir() {
        wrapped.current_dir(dir);
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_comes_after_the_setting_up_as_it_is() {
        let mut command = Command::new("/bin/a b");
        command
            .args(["--json", "x y"])
            .env("K", "v")
            .current_dir("/");
        let wrapped = wrapped(&command);
        let words: Vec<_> = wrapped.get_args().skip(APART.len()).collect();
        let script = format!("{SET_UP} && exec \"$@\"");
        assert_eq!(words, [&*script, "sh", "/bin/a b", "--json", "x y"]);
        assert_eq!(wrapped.get_envs().count(), 1);
        assert_eq!(wrapped.get_current_dir(), command.get_current_dir());
    }

    #[test]
    fn what_it_runs_ends_as_it_would_alone() {
        let mut command = Command::new("sh");
        command.args(["-c", "exit 7"]);
        let error = apart(&mut command).unwrap_err();
        assert_eq!(error.to_string(), "`sh -c exit 7`: exit status: 7");
    }
}
