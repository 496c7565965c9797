//! Wakes the loops of this service when rows have come that may be due soon.
//!
//! A ring is a hint and no more. It may come before the commit that it tells of,
//! because a handler of events rings inside the follower's transaction; so whoever is
//! woken looks again a few times in short steps, and everybody looks twice a second
//! without being woken.

use std::time::Duration;

use tokio::sync::watch;

/// The longest that a loop waits without looking.
const LOOK: Duration = Duration::from_millis(500);
/// How long it waits between the looks after a ring.
const AGAIN: Duration = Duration::from_millis(20);
/// How often it looks again after a ring.
const LOOKS: u32 = 10;

/// The bell itself; cheap to clone.
#[derive(Clone, Debug)]
pub struct Bell {
    rung: watch::Sender<()>,
}

/// One loop's ear for the bell.
#[derive(Debug)]
pub struct Listener {
    rung: watch::Receiver<()>,
    looks: u32,
}

impl Bell {
    /// A bell that nobody hears yet.
    pub fn new() -> Self {
        Self { rung: watch::Sender::new(()) }
    }

    /// Wakes all who listen, also those who are busy at the moment.
    pub fn ring(&self) {
        self.rung.send_replace(());
    }

    /// An ear for one loop.
    pub fn listen(&self) -> Listener {
        Listener { rung: self.rung.subscribe(), looks: 0 }
    }
}

impl Listener {
    /// Waits for a ring, for `at_most`, or for half a second, whichever is first.
    pub async fn wait(&mut self, at_most: Duration) {
        let pause = if self.looks > 0 { AGAIN } else { LOOK };
        self.looks = self.looks.saturating_sub(1);
        // An error says that the bell is gone, and then the process is stopping.
        if let Ok(Ok(())) = tokio::time::timeout(pause.min(at_most), self.rung.changed()).await {
            self.looks = LOOKS;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_ring_while_nobody_waited_is_heard_and_looked_for_again() {
        let bell = Bell::new();
        let mut listener = bell.listen();
        bell.ring();
        let before = tokio::time::Instant::now();
        listener.wait(Duration::from_secs(60)).await;
        listener.wait(Duration::from_secs(60)).await;
        assert!(before.elapsed() < LOOK);
    }
}
