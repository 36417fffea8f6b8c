//! Kinds of items. Each domain declares its own with [`entities!`](crate::entities) in its `keys.rs`, and the registry puts
//! them together; `docs/generated/data-model.md` is made from them.

/// A kind of item, by the name that each carries in its `entity` attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entity(&'static str);

impl Entity {
    /// The value of the item's `entity` attribute.
    pub const fn name(self) -> &'static str {
        self.0
    }

    /// The kind of this name. [`entities!`](crate::entities) calls it, so that a kind never lacks its shape.
    #[doc(hidden)]
    pub const fn declared(name: &'static str) -> Self {
        Self(name)
    }
}

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
    /// It lies elsewhere, and one `PersonalData` lists it: its own domain's, or for an item of the kernel any.
    Listed,
    /// It tells nothing of a person, or dies within a day; the reason.
    No(&'static str),
}

/// What is declared of a kind of item.
#[derive(Debug, Clone, Copy)]
pub struct EntityShape {
    /// The entity.
    pub entity: Entity,
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

/// Declares a domain's kinds of items in its `keys.rs`: one constant [`Entity`] each, and `ENTITIES`, the shapes of all.
///
/// ```ignore
/// entities! {
///     PARCEL: "Parcel" {
///         table: Main, pk: "PARCEL#{parcel}", sk: "PARCEL", index: None, ttl: None,
///         personal: No("tells nothing of a user"),
///         meaning: "What is on its way."
///     }
/// }
/// ```
#[macro_export]
macro_rules! entities {
    ($($constant:ident: $name:literal {
        table: $table:ident, pk: $pk:literal, sk: $sk:literal, index: $index:expr, ttl: $ttl:expr,
        personal: $personal:ident $(($why:literal))?, meaning: $meaning:literal
    })*) => {
        $(
            #[doc = $meaning]
            pub const $constant: $crate::dynamo::Entity = $crate::dynamo::Entity::declared($name);
        )*

        /// What is declared of each of these kinds of items.
        pub const ENTITIES: &[$crate::dynamo::EntityShape] = &[$($crate::dynamo::EntityShape {
            entity: $constant,
            table: $crate::dynamo::Table::$table,
            pk: $pk,
            sk: $sk,
            index: $index,
            ttl: $ttl,
            personal: $crate::dynamo::Personal::$personal $(($why))?,
            meaning: $meaning,
        },)*];
    };
}
