//! An older copy of an agency's database is put back in a world: what its people and its peers do then.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use jiexu::domain::act::Why;
use jiexu::domain::changes::Outcome;
use jiexu::domain::event::What;
use jiexu::domain::restore::{RestoreAct, RestoreVerb, next_epoch};
use jiexu::domain::time::Moment;
use jiexu::flow::restoring::tells;
use jiexu::store::Store;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

use super::world::World;

impl World {
    /// A backup of one agency, as it stands.
    pub async fn backs_up(&mut self, n: usize) -> PathBuf {
        self.pass_ms(1);
        let node = &self.nodes[n];
        let copy = node.store.path().with_extension(format!("copy{}", self.now().0));
        node.store.backup(&copy, &node.code, self.now()).await.expect("a backup");
        copy
    }

    /// The process ends, the copy takes the place of the file, and two persons put it to use.
    pub async fn restores(&mut self, n: usize, copy: &Path) {
        let path = self.nodes[n].store.path().to_owned();
        let empty = path.with_file_name(format!("aside-{}.db", self.nodes[n].code));
        let aside = Arc::new(Store::open(&empty, &self.nodes[n].code).await.expect("a store"));
        let closed = std::mem::replace(&mut self.nodes[n].store, Arc::clone(&aside));
        // The pipeline holds the file as well.
        self.crash(n).await;
        closed.close().await;
        for ending in ["db", "db-wal", "db-shm", "height", "pages"] {
            let _ = std::fs::remove_file(path.with_extension(ending));
        }
        std::fs::copy(copy, &path).expect("the copy is put back");
        let node = &mut self.nodes[n];
        node.store = Arc::new(Store::open(&path, &node.code).await.expect("the copy"));
        let options = SqliteConnectOptions::new().filename(&path).read_only(true);
        *node.reader.get_mut() = SqliteConnection::connect_with(&options).await.expect("a second reader");
        let last = node.store.facts().await.expect("facts").epoch;
        let epoch = next_epoch(last, Moment(self.clock.load(Relaxed)));
        self.crash(n).await;
        self.decides(n, "li", epoch, RestoreVerb::Begin).await;
        self.decides(n, "wang", epoch, RestoreVerb::Approve).await;
        self.is_restored = true;
    }

    async fn decides(&mut self, n: usize, who: &str, epoch: u32, verb: RestoreVerb) {
        let act = RestoreAct { epoch, verb, reason: Why("换盘后恢复".into()) };
        assert_eq!(self.act(n, who, vec![What::Restore(act)]).await, [Outcome::Applied], "{verb:?}");
    }

    /// Two persons say that the statements are in; false while something is still forgotten.
    pub async fn pays_again(&mut self, n: usize) -> bool {
        let rebuilding = self.nodes[n].store.rebuilding().await.expect("a state");
        let Some(last) = rebuilding.last.filter(|last| last.holds_payments()) else { return true };
        if rebuilding.unrepeated > 0 {
            return false;
        }
        self.decides(n, "li", last.epoch, RestoreVerb::ProposePayments).await;
        self.decides(n, "wang", last.epoch, RestoreVerb::ConfirmPayments).await;
        true
    }

    /// What agencies tell each other about restores.
    pub async fn tells_of_restores(&mut self, n: usize) -> bool {
        let events = tells(&self.nodes[n].store).await.expect("what is to be told");
        if events.is_empty() {
            return false;
        }
        self.act(n, "clock", events).await.contains(&Outcome::Applied)
    }
}
