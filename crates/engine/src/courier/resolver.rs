//! Looking host names up.
//!
//! The system's resolver is asked on threads of its own, because it blocks. A name that hangs costs one such thread
//! however many deliveries wait for it, and all names together cost at most [`LOOKUPS_MAX`]. No answer is kept: the
//! next attempt asks again, so that a change of a name is seen at once and judged at once.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// How many names may be looked up at once.
pub const LOOKUPS_MAX: usize = 64;

/// Looks host names up, each once at a time.
#[derive(Clone)]
pub struct Resolver(Arc<Shared>);

type LookUp = dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync;
/// The addresses, or what the resolver said instead; `None` while nobody knows.
type Found = Option<Result<Arc<[IpAddr]>, Arc<str>>>;

struct Shared {
    look_up: Box<LookUp>,
    in_flight: Mutex<HashMap<String, watch::Receiver<Found>>>,
    permits: Arc<Semaphore>,
}

impl Resolver {
    /// Asks the system, `/etc/hosts` included.
    pub fn system() -> Self {
        Self::new(|name| Ok((name, 0).to_socket_addrs()?.map(|address| address.ip()).collect()))
    }

    /// Asks a function, which may block.
    pub fn new(look_up: impl Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync + 'static) -> Self {
        Self(Arc::new(Shared {
            look_up: Box::new(look_up),
            in_flight: Mutex::default(),
            permits: Arc::new(Semaphore::new(LOOKUPS_MAX)),
        }))
    }

    /// Gives all addresses of a name, at least one, or the resolver's words for why there are none.
    pub(super) async fn resolve(&self, name: &str) -> Result<Arc<[IpAddr]>, Arc<str>> {
        let mut found = self.join(name, None).ok();
        if found.is_none() {
            let permit = Arc::clone(&self.0.permits).acquire_owned().await;
            let permit = permit.expect("because the semaphore is never closed");
            found = self.join(name, Some(permit)).ok();
        }
        let mut found = found.expect("because with a permit a look-up starts");
        let answer = found.wait_for(Option::is_some).await.map(|found| found.clone());
        answer.ok().flatten().unwrap_or_else(|| Err("the look-up broke off".into()))
    }

    /// Joins the look-up of a name that is under way, or starts one if there is a permit for it.
    fn join(
        &self,
        name: &str,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Result<watch::Receiver<Found>, NoPermit> {
        let mut in_flight = self.0.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = in_flight.get(name) {
            return Ok(found.clone());
        }
        let permit = permit
            .or_else(|| Arc::clone(&self.0.permits).try_acquire_owned().ok())
            .ok_or(NoPermit)?;
        let (tell, found) = watch::channel(None);
        in_flight.insert(name.to_owned(), found.clone());
        let lookup = Lookup { shared: Arc::clone(&self.0), name: name.to_owned(), _permit: permit };
        tokio::task::spawn_blocking(move || {
            let answer = lookup.run();
            // First the name is free again, then the waiting are told: who asks afterwards asks anew.
            drop(lookup);
            tell.send_replace(Some(answer));
        });
        Ok(found)
    }
}

/// All look-ups that may run at once are running.
struct NoPermit;

/// A look-up under way. Dropping it frees the name, even if the function panicked.
struct Lookup {
    shared: Arc<Shared>,
    name: String,
    _permit: OwnedSemaphorePermit,
}

impl Lookup {
    fn run(&self) -> Result<Arc<[IpAddr]>, Arc<str>> {
        match (self.shared.look_up)(&self.name) {
            Ok(addresses) if addresses.is_empty() => Err("it has no addresses".into()),
            Ok(addresses) => Ok(addresses.into()),
            Err(error) => {
                let words = error.to_string();
                Err(words.rsplit(": ").next().unwrap_or(&words).into())
            }
        }
    }
}

impl Drop for Lookup {
    fn drop(&mut self) {
        self.shared.in_flight.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    /// A resolver that counts what it is asked and answers when told to, or when `tell` is dropped.
    fn held_resolver() -> (Resolver, Arc<AtomicUsize>, mpsc::Sender<()>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let (tell, told) = mpsc::channel();
        let told = Mutex::new(told);
        let count = Arc::clone(&asked);
        let resolver = Resolver::new(move |_| {
            count.fetch_add(1, Ordering::SeqCst);
            told.lock().unwrap().recv().ok();
            Ok(vec![HERE])
        });
        (resolver, asked, tell)
    }

    #[tokio::test]
    async fn many_who_wait_for_one_name_cost_one_look_up() {
        let (resolver, asked, tell) = held_resolver();
        let release = async { tell.send(()).unwrap() };
        // The branches are polled in their order, so that both wait before the release.
        let (first, second, ()) =
            tokio::join!(biased; resolver.resolve("name"), resolver.resolve("name"), release);
        assert_eq!((&*first.unwrap(), &*second.unwrap()), (&[HERE][..], &[HERE][..]));
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn no_answer_is_kept() {
        let (resolver, asked, tell) = held_resolver();
        drop(tell);
        for expected in 1..=3 {
            resolver.resolve("name").await.unwrap();
            assert_eq!(asked.load(Ordering::SeqCst), expected);
        }
        assert!(resolver.0.in_flight.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn no_more_than_64_names_are_looked_up_at_once() {
        let (resolver, _, tell) = held_resolver();
        let waiting: Vec<_> =
            (0..LOOKUPS_MAX).map(|number| resolver.join(&number.to_string(), None)).collect();
        assert!(waiting.iter().all(Result::is_ok));
        assert!(resolver.join("one more", None).is_err());
        assert!(resolver.join("0", None).is_ok(), "a name under way needs no permit");
        drop(tell);
        resolver.resolve("one more").await.unwrap();
    }

    #[tokio::test]
    async fn a_name_without_addresses_and_a_resolver_that_fails_are_told_in_words() {
        assert_eq!(
            &*Resolver::new(|_| Ok(vec![])).resolve("name").await.unwrap_err(),
            "it has no addresses"
        );
        let failing = Resolver::new(|_| Err(io::Error::other("failed to look up: no such name")));
        assert_eq!(&*failing.resolve("name").await.unwrap_err(), "no such name");
        assert_eq!(&*Resolver::system().resolve("127.0.0.1").await.unwrap(), [HERE]);
    }

    #[tokio::test]
    async fn a_look_up_that_panics_frees_its_name() {
        let resolver = Resolver::new(|_| panic!("as this test wants"));
        for _ in 0..2 {
            assert_eq!(&*resolver.resolve("name").await.unwrap_err(), "the look-up broke off");
        }
    }
}
