/// Declares an answer type as the table of names that the swagger gives.
///
/// Each line is `field: Type = "jsonName"`. Every field may be absent, null, or of a neighbouring JSON type
/// (see `lenient`); unknown fields are ignored.
///
/// `row` before `struct` declares a row of a search: it has the list `champs_illisibles`, and writes its own `Debug`.
macro_rules! response {
    () => {};
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( $(#[$field_meta:meta])* $field:ident : $ty:ty = $json:literal, )*
        }
        $($rest:tt)*
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
        #[non_exhaustive]
        pub struct $name {$(
            $(#[$field_meta])*
            #[serde(rename = $json, default, deserialize_with = "crate::values::read")]
            pub $field: $ty,
        )*}

        impl crate::values::Value for $name {
            fn value<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Option<Self>, D::Error> {
                <Option<Self> as serde::Deserialize>::deserialize(input)
            }
        }

        crate::values::response! { $($rest)* }
    };
    (
        $(#[$meta:meta])*
        pub row struct $name:ident {
            $( $(#[$field_meta:meta])* $field:ident : $ty:ty = $json:literal, )*
        }
        $($rest:tt)*
    ) => {
        $(#[$meta])*
        #[derive(Clone, Default, PartialEq, serde::Deserialize)]
        #[non_exhaustive]
        pub struct $name {
            $(
                $(#[$field_meta])*
                #[serde(rename = $json, default, deserialize_with = "crate::values::read")]
                pub $field: $ty,
            )*
            /// Names of the fields whose values could not be read and were left out (drift of the API, a broken row).
            #[serde(skip)]
            pub champs_illisibles: Vec<String>,
        }

        crate::values::response! { $($rest)* }
    };
}

pub(crate) use response;
