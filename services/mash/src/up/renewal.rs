//! The demo people's tokens, written anew while the hub runs on.

use std::time::Duration;

use jiff::Timestamp;
use provision::{LIFETIME, TokenSigner};
use runtime::{clock::Clock, tasks::Tasks};
use tokio::time::sleep;

use super::notice::{Notice, Notices};

/// Short, because a laptop that slept wakes with old tokens.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Renews the tokens at half their life, for as long as `tasks` run.
pub(super) fn renew_tokens(signer: TokenSigner, clock: Clock, notices: Notices, tasks: &Tasks) {
    let stopping = tasks.stopping();
    let mut written = clock.now();
    tasks.spawn("tokens", async move {
        while stopping.run_until_cancelled(sleep(LOOK_EVERY)).await.is_some() {
            let now = clock.now();
            if !is_half_spent(written, now) {
                continue;
            }
            match signer.renew(now) {
                Ok(()) => written = now,
                // A full disk passes; the tokens of before are good for hours.
                Err(problem) => notices.tell(Notice::TokensNotRenewed(problem.to_string())),
            }
        }
        Ok(())
    });
}

fn is_half_spent(written: Timestamp, now: Timestamp) -> bool {
    now.duration_since(written).unsigned_abs() >= LIFETIME / 2
}

#[cfg(test)]
mod tests {
    use std::fs;

    use jiff::SignedDuration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn tokens_are_written_anew_at_half_their_life() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::standing_at("2026-11-23T09:00:00Z".parse().unwrap());
        let signer = TokenSigner::open(folder.path(), clock.now()).unwrap();
        let file = signer.person("mash_manager").unwrap().token_file.clone();
        let token = || fs::read_to_string(&file).unwrap();
        let first = token();
        let tasks = Tasks::new();
        renew_tokens(signer, clock.clone(), Notices::default(), &tasks);

        clock.advance(SignedDuration::from_hours(5));
        sleep(LOOK_EVERY * 2).await;
        assert_eq!(token(), first);

        clock.advance(SignedDuration::from_hours(1));
        sleep(LOOK_EVERY * 2).await;
        assert_ne!(token(), first);
        tasks.stop();
        tasks.finished().await.unwrap();
    }
}
