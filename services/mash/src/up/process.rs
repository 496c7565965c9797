//! One child process of the hub: started, watched, started again when it dies, stopped.
//!
//! A child has a process group of its own, so that Ctrl-C reaches the launcher only, which
//! then decides in which order things stop.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::notice::{Notice, Notices};
use super::roll::Roll;

/// Below the ten seconds that a group of tasks is waited for.
const PATIENCE_TO_STOP: Duration = Duration::from_secs(8);

/// How a child is started, each time in the same way.
pub(crate) struct Recipe {
    /// The name people know it by.
    pub(crate) name: String,
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<String>,
    /// Its whole environment.
    pub(crate) environment: BTreeMap<String, String>,
    /// Both outputs are added to this file.
    pub(crate) log: PathBuf,
}

impl Recipe {
    fn spawn(&self) -> io::Result<Child> {
        let log = File::options().create(true).append(true).open(&self.log)?;
        Command::new(&self.program)
            .args(&self.args)
            .env_clear()
            .envs(&self.environment)
            .process_group(0)
            .stdin(Stdio::null())
            .stderr(log.try_clone()?)
            .stdout(log)
            .kill_on_drop(true)
            .spawn()
    }
}

/// Keeps a child running until `stopping`, then stops it.
pub(crate) async fn supervise(
    recipe: Recipe,
    roll: Roll,
    notices: Notices,
    stopping: CancellationToken,
) -> anyhow::Result<()> {
    let name = recipe.name.clone();
    let mut pause = Pause::default();
    while !stopping.is_cancelled() {
        let began = Instant::now();
        let how = match recipe.spawn() {
            Ok(mut child) => {
                let pid = child.id().unwrap_or_default();
                roll.started(&name, pid);
                if roll.deaths(&name) > 0 {
                    let name = name.clone();
                    notices.tell(Notice::Restarted { name, pid });
                }
                match stopping.run_until_cancelled(child.wait()).await {
                    Some(Ok(status)) => status.to_string(),
                    Some(Err(problem)) => problem.to_string(),
                    None => {
                        stop(&mut child).await;
                        break;
                    }
                }
            }
            Err(problem) => problem.to_string(),
        };
        roll.died(&name);
        let again_in = pause.after(began);
        let name = name.clone();
        notices.tell(Notice::Died { name, how, again_in });
        stopping.run_until_cancelled(sleep(again_in)).await;
    }
    Ok(())
}

/// How long to wait before a start, so that what dies at once does not take the machine.
pub(crate) struct Pause(Duration);

impl Default for Pause {
    fn default() -> Self {
        Self(Self::FIRST)
    }
}

impl Pause {
    const FIRST: Duration = Duration::from_millis(100);
    const LAST: Duration = Duration::from_secs(5);
    /// A process that ran for so long did start.
    const SETTLED: Duration = Duration::from_secs(30);

    /// The pause after a run that `began` then: twice the last, unless it had settled.
    pub(crate) fn after(&mut self, began: Instant) -> Duration {
        if began.elapsed() >= Self::SETTLED {
            self.0 = Self::FIRST;
        }
        let pause = self.0;
        self.0 = (pause * 2).min(Self::LAST);
        pause
    }
}

/// Asks a child to end, waits, and kills one that does not.
async fn stop(child: &mut Child) {
    let pid = child.id().and_then(|pid| i32::try_from(pid).ok());
    if let Some(pid) = pid.and_then(Pid::from_raw) {
        // A frozen process hears the first only after the second; one that is gone, neither.
        kill_process(pid, Signal::TERM).ok();
        kill_process(pid, Signal::CONT).ok();
    }
    if timeout(PATIENCE_TO_STOP, child.wait()).await.is_err() {
        child.kill().await.ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_pause_doubles_up_to_five_seconds_and_begins_anew_after_a_good_run() {
        let mut pause = Pause::default();
        let mut after = |ran: u64| {
            let began = Instant::now() - Duration::from_secs(ran);
            pause.after(began).as_millis()
        };
        tokio::time::advance(Duration::from_secs(3600)).await;
        let pauses: Vec<u128> = (0..8).map(|_| after(1)).collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(after(30), 100);
    }
}
