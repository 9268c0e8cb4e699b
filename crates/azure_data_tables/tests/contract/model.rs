//! Random transactions, compared with a model that is too simple to be wrong.

use crate::world::*;
use azure_data_tables::*;
use rand::prelude::*;
use std::collections::BTreeMap;

const ROUNDS: usize = 150;
const KEYS: [&str; 8] = ["a", "b", "c'", "d%", "e e", "f+", "ü", ""];

/// Row key to number and ETag.
type Rows = BTreeMap<&'static str, (i64, ETag)>;

/// What a change is told to expect of its row.
#[derive(Clone, Copy, Debug)]
enum Expect {
    Anything,
    TheCurrent,
    AnEarlier,
}

/// A change as the test thinks of it.
#[derive(Clone, Copy, Debug)]
struct Wish {
    key: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Insert,
    Put,
    Replace(Expect),
    Delete(Expect),
}

impl Wish {
    fn random(key: &'static str, random: &mut StdRng) -> Self {
        let expect = *[Expect::Anything, Expect::TheCurrent, Expect::TheCurrent, Expect::AnEarlier]
            .choose(random)
            .expect("one of them");
        let kinds = [Kind::Insert, Kind::Put, Kind::Put, Kind::Replace(expect), Kind::Delete(expect)];
        Self { key, kind: *kinds.choose(random).expect("one of them") }
    }

    fn change(self, number: i64, rows: &Rows, earlier: &ETag) -> Change {
        let entity = row("p", self.key, number);
        let condition = |expect| match expect {
            Expect::Anything => Match::Any,
            Expect::TheCurrent => Match::ETag(rows.get(self.key).map_or(earlier, |(_, etag)| etag).clone()),
            Expect::AnEarlier => Match::ETag(earlier.clone()),
        };
        match self.kind {
            Kind::Insert => Change::Insert(entity),
            Kind::Put => Change::InsertOrReplace(entity),
            Kind::Replace(expect) => Change::Replace(entity, condition(expect)),
            Kind::Delete(expect) => Change::Delete {
                partition_key: entity.partition_key,
                row_key: entity.row_key,
                condition: condition(expect),
            },
        }
    }

    fn failure(self, rows: &Rows) -> Option<&'static str> {
        match (self.kind, rows.contains_key(self.key)) {
            (Kind::Insert, true) => Some("EntityAlreadyExists"),
            (Kind::Replace(_) | Kind::Delete(_), false) => Some("ResourceNotFound"),
            (Kind::Replace(Expect::AnEarlier) | Kind::Delete(Expect::AnEarlier), true) => {
                Some("UpdateConditionNotSatisfied")
            }
            _ => None,
        }
    }
}

async fn contents(table: &TableClient) -> BTreeMap<String, (i64, ETag)> {
    let rows = all(table, Query::default()).await.into_iter();
    let read = |row: Stored| match row.entity.properties["Number"] {
        Value::I64(number) => (row.entity.row_key, (number, row.etag)),
        ref other => panic!("no number: {other:?}"),
    };
    rows.map(read).collect()
}

#[tokio::test]
async fn random_transactions_do_all_or_nothing_as_a_model_does() {
    let seed = rand::random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let table = table().await;
    let earlier = inserted(&table, row("p", "a", -1)).await;
    let written = table.apply(Change::InsertOrReplace(row("p", "a", 0))).await.expect("written again");
    let mut rows = Rows::from([("a", (0, written.expect("its ETag")))]);
    let mut done = 0;
    for round in 0..ROUNDS {
        let count = random.random_range(1..=4);
        let keys = KEYS.sample(&mut random, count).copied().collect::<Vec<_>>();
        let wishes: Vec<Wish> = keys.into_iter().map(|key| Wish::random(key, &mut random)).collect();
        let number = round as i64;
        let changes = wishes.iter().map(|wish| wish.change(number, &rows, &earlier)).collect();
        let expected =
            wishes.iter().enumerate().find_map(|(i, wish)| Some((i, wish.failure(&rows)?.to_owned())));
        match table.transaction(changes).await {
            Ok(etags) => {
                assert_eq!(expected, None, "round {round}: {wishes:?}");
                for (wish, etag) in wishes.iter().zip(etags) {
                    match etag {
                        Some(etag) => rows.insert(wish.key, (number, etag)),
                        None => rows.remove(wish.key),
                    };
                }
                done += 1;
            }
            Err(error) => {
                let index = FailedChange::of(&error).map(|failed| failed.index);
                let failure = index.zip(error.code.clone());
                assert_eq!(failure, expected, "round {round}: {wishes:?}: {error}");
            }
        }
        let model = rows.iter().map(|(key, row)| (key.to_string(), row.clone())).collect();
        assert_eq!(contents(&table).await, model, "round {round}: {wishes:?}");
    }
    assert!((ROUNDS / 10..ROUNDS).contains(&done), "{done} of {ROUNDS} were done");
}
