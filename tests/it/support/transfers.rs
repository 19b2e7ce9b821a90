//! Two agencies with a little of everything in their books.

use jiexu::domain::event::What;
use jiexu::domain::forms::Insurance;
use jiexu::domain::money::Balance;
use jiexu::domain::register::RelationStatus;

use super::people::{Relation, application};
use super::world::World;

/// A few whole transfers, and one that is under way.
pub async fn a_few_transfers(seed: u64) -> World {
    transfers(seed, 6).await
}

pub async fn transfers(seed: u64, people: u32) -> World {
    let mut world = World::new(2, seed).await;
    for person in 1..=people {
        for (n, status) in [(1, RelationStatus::Stopped), (0, RelationStatus::Active)] {
            let agency = world.nodes[n].code.clone();
            let mut relation = Relation::new(person, Insurance::Employee, status);
            relation.months = Some((202_301, 202_312));
            if n == 1 {
                relation.balance = Balance(123_400 + i64::from(person));
            }
            world.act(n, "clerk", relation.events(&agency)).await;
        }
    }
    for person in 1..=people {
        moves(&mut world, person, person < people).await;
    }
    world
}

/// One person moves from the second agency to the first, and is paid for.
async fn moves(world: &mut World, person: u32, is_paid: bool) {
    let outgoing = world.nodes[1].code.to_string();
    let both = (Insurance::Employee, Insurance::Employee);
    let asked = application(person, person, &outgoing, both, world.now().china_date());
    world.act(0, "clerk", vec![What::Application(asked)]).await;
    world.settle().await;
    if is_paid {
        world.bank_books().await;
        world.settle().await;
    }
}
