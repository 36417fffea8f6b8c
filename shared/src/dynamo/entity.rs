//! What the chart in [`keys`](super::keys) says of each kind of item.

/// The table an item lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Table {
    /// People and business data: point-in-time recovery, a stream, deletion protection.
    Main,
    /// What expires by itself: TTL, no stream.
    Ephemeral,
}

/// Whose data an item holds, for export and erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Personal {
    /// It lies in its person's partition.
    Partition,
    /// It lies elsewhere and is listed by the `PersonalData` of this domain.
    ListedBy(&'static str),
    /// It tells nothing of a person, or dies within a day; the reason.
    No(&'static str),
}

/// One line of the entity chart.
#[derive(Debug)]
pub struct EntityShape {
    /// The entity.
    pub entity: super::Entity,
    /// Its table.
    pub table: Table,
    /// The form of its partition key.
    pub pk: &'static str,
    /// The form of its sort key.
    pub sk: &'static str,
    /// The index it appears in, and under which keys.
    pub index: Option<&'static str>,
    /// When DynamoDB may remove it.
    pub ttl: Option<&'static str>,
    /// Whose data it holds.
    pub personal: Personal,
    /// What it is.
    pub meaning: &'static str,
}

/// Writes [`Entity`](super::Entity) and the chart from one list.
macro_rules! entities {
    ($($entity:ident {
        table: $table:ident, pk: $pk:literal, sk: $sk:literal, index: $index:expr, ttl: $ttl:expr,
        personal: $personal:expr, meaning: $meaning:literal
    })*) => {
        /// The kinds of items, by the name that each carries in its `entity` attribute.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Entity {
            $(#[doc = $meaning] $entity,)*
        }

        impl Entity {
            /// The value of the item's `entity` attribute.
            pub fn name(self) -> &'static str {
                match self { $(Self::$entity => stringify!($entity),)* }
            }
        }

        /// The entity chart.
        pub const CHART: &[EntityShape] = &[$(EntityShape {
            entity: Entity::$entity, table: Table::$table, pk: $pk, sk: $sk, index: $index, ttl: $ttl,
            personal: $personal, meaning: $meaning,
        },)*];
    };
}

pub(super) use entities;
