//! Memory and processor time of this process: what a test may bound, where wall-clock time would depend on the machine.
//! And what makes a measurement depend on it less.

use std::net::TcpListener;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The most memory this process has had resident, in bytes (since [`reset_peak_rss`], if that worked).
/// `None` where `/proc/self/status` does not tell.
pub fn peak_rss_bytes() -> Option<u64> {
    vm_hwm(&std::fs::read_to_string("/proc/self/status").ok()?)
}

fn vm_hwm(status: &str) -> Option<u64> {
    let value = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Makes [`peak_rss_bytes`] start from what is resident now; says whether the system allowed it.
pub fn reset_peak_rss() -> bool {
    // See proc_pid_clear_refs(5): 5 resets the peak resident set size.
    std::fs::write("/proc/self/clear_refs", "5").is_ok()
}

/// The processor time all threads of this process have used.
pub fn process_cpu_time() -> Duration {
    read(ClockId::ProcessCPUTime)
}

/// The processor time the calling thread has used.
pub fn thread_cpu_time() -> Duration {
    read(ClockId::ThreadCPUTime)
}

/// Has the connections of this listener send as fast as they are read, by Reno's congestion control.
///
/// Some systems have BBR by default, which spreads what it sends over time. How far is a matter of chance where both
/// ends share a processor, and hides what a client costs. Linux alone has the choice; elsewhere, and where Reno is not
/// to be had, all stays as it is.
pub fn unpaced(listener: &TcpListener) {
    #[cfg(target_os = "linux")]
    let _ = socket2::SockRef::from(listener).set_tcp_congestion(b"reno");
    #[cfg(not(target_os = "linux"))]
    let _ = listener;
}

fn read(clock: ClockId) -> Duration {
    Duration::try_from(clock_gettime(clock)).expect("processor time is never negative")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_high_water_mark() {
        assert_eq!(
            vm_hwm("VmPeak:\t  9 kB\nVmHWM:\t    2048 kB\n"),
            Some(2048 * 1024)
        );
        assert_eq!(vm_hwm("VmPeak:\t  9 kB\n"), None);
        assert_eq!(vm_hwm("VmHWM:\t lots\n"), None);
    }

    #[test]
    fn memory_that_was_touched_counts() {
        if peak_rss_bytes().is_none() {
            return; // Only Linux tells.
        }
        let block = vec![1_u8; 64 << 20];
        assert!(peak_rss_bytes().unwrap() >= std::hint::black_box(&block).len() as u64);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn connections_are_unpaced() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        unpaced(&listener);
        let _client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (accepted, _) = listener.accept().unwrap();
        let name = socket2::SockRef::from(&accepted).tcp_congestion().unwrap();
        assert!(name.starts_with(b"reno\0"), "{name:?}");
    }

    #[test]
    fn work_costs_processor_time() {
        let (thread, process) = (thread_cpu_time(), process_cpu_time());
        // Bounded by the numbers, not by a clock that might stand still.
        for round in 0..100_000_u64 {
            let sum: u64 = (0..1_000).map(|n| std::hint::black_box(n ^ round)).sum();
            std::hint::black_box(sum);
            if thread_cpu_time() > thread {
                break;
            }
        }
        assert!(thread_cpu_time() > thread);
        assert!(process_cpu_time() > process);
    }
}
