//! Many requests at once, on all cores.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use courser::Client;
use courser::pool::{Connector, Reusable};
use courser_bench::rounds::{tasks, threads};
use tokio::sync::Semaphore;

use crate::Pace;
use crate::clients::{BARE, bare, reqwest_client};
use crate::report::{Entry, Report};
use crate::server::SMALL;
use crate::workload::Site;

fn sized(length: usize) -> Result<()> {
    ensure!(length == SMALL.len(), "a body of {length} bytes");
    Ok(())
}

pub(crate) fn run(report: &mut Report, pace: Pace, wanted: impl Fn(&str) -> bool) -> Result<()> {
    let site = Site::start()?;
    let url = format!("{}/small", site.plain);
    let rt = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let (peer, client) = (reqwest_client(&site, false)?, Client::new());
    let sending = |client: &Client, count: usize| {
        let (client, url, rt) = (client.clone(), url.clone(), &rt);
        move |time| {
            let (client, url) = (client.clone(), url.clone());
            tasks(rt, time, count, move || {
                let sending = client.get(&url).send();
                async move { sized(sending.await?.body_bytes()?.len()) }
            })
        }
    };
    if wanted("64 tasks") {
        let reqwest = |time| {
            let (peer, url) = (peer.clone(), url.clone());
            tasks(&rt, time, 64, move || {
                let sending = peer.get(&url).send();
                async move { sized(sending.await?.bytes().await?.len()) }
            })
        };
        let entries = vec![
            Entry::new("courser send()", sending(&client, 64)),
            Entry::new(BARE, sending(&bare(), 64)),
            Entry::new("reqwest", reqwest),
        ];
        report.group("64 tasks", pace, entries)?;
    }
    if wanted("16 threads") {
        let blocking = reqwest::blocking::Client::builder().no_proxy().build()?;
        let ureq = ureq::Agent::config_builder()
            .proxy(None)
            .max_idle_connections(64)
            .max_idle_connections_per_host(64)
            .build()
            .new_agent();
        let entries = vec![
            Entry::new("courser call()", |time| {
                threads(time, 16, || {
                    sized(client.get(&url).call()?.body_bytes()?.len())
                })
            }),
            Entry::new("reqwest::blocking", |time| {
                threads(time, 16, || {
                    sized(blocking.get(&url).send()?.bytes()?.len())
                })
            }),
            Entry::new("ureq", |time| {
                threads(time, 16, || {
                    sized(ureq.get(&url).call()?.body_mut().read_to_vec()?.len())
                })
            }),
        ];
        report.group("16 threads", pace, entries)?;
    }
    if wanted("10 connections") {
        let transport: Arc<dyn Connector> = Arc::new(courser::native::Native::new());
        let ten = Reusable::builder(transport)
            .max_total(Some(10))
            .max_per_route(Some(10))
            .build()?;
        let ten = Client::new().with_connection_manager(Arc::new(ten));
        // What it costs that there are so many: before they have a request, they wait for a turn.
        let turns = |time| {
            let (client, url, turns) = (ten.clone(), url.clone(), Arc::new(Semaphore::new(10)));
            tasks(&rt, time, 1_000, move || {
                let (client, url, turns) = (client.clone(), url.clone(), turns.clone());
                async move {
                    let _turn = turns.acquire().await?;
                    sized(client.get(&url).send().await?.body_bytes()?.len())
                }
            })
        };
        let entries = vec![
            Entry::new("10 tasks", sending(&ten, 10)),
            Entry::new("1,000 tasks", sending(&ten, 1_000)),
            Entry::new("1,000 tasks, in turns", turns),
        ];
        // Making a thousand tasks is not what is measured, so a round is not short.
        let pace = Pace {
            round: pace.round.max(Duration::from_millis(500)),
            ..pace
        };
        report.group("10 connections", pace, entries)?;
    }
    Ok(())
}
