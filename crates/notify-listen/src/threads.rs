//! What waits for a disk, the core or a vendor does so on threads of its own, and those who wait for the network never take all
//! of them: while a core hangs, answers are still kept.

use tokio::sync::Semaphore;

/// Who may let us wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    Core,
    Vendor,
}

/// Tokio has 512 threads.
const AT_ONCE: usize = 64;

static CORE: Semaphore = Semaphore::const_new(AT_ONCE);
static VENDORS: Semaphore = Semaphore::const_new(AT_ONCE);

/// For what asks somebody over the network.
pub async fn asking<T: Send + 'static>(whom: Whom, act: impl FnOnce() -> T + Send + 'static) -> T {
    let places = match whom {
        Whom::Core => &CORE,
        Whom::Vendor => &VENDORS,
    };
    // Nobody closes them.
    let _place = places.acquire().await;
    blocking(act).await
}

/// For the disk.
pub async fn blocking<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(act).await {
        Ok(done) => done,
        Err(stopped) => match stopped.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Only while the whole program ends: what was not noted is done again at the next start.
            Err(_) => std::future::pending().await,
        },
    }
}
