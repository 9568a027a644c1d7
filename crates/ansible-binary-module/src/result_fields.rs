//! The fields of a result, each serialized by itself: a field that cannot be printed does not take the others with it, and one
//! that is `None` is not printed.

use serde::ser::{Error as _, Impossible, SerializeMap, SerializeStruct, SerializeStructVariant};
use serde::{Serialize, Serializer};
use serde_json::{Error, Value};

/// Writes one value as JSON.
pub(crate) type Write<'a> = &'a mut dyn FnMut(&str, &dyn erased::Value);

/// Calls `write` for every field that has a value.
///
/// # Errors
///
/// The result is not an object.
pub(crate) fn each<R: Serialize + ?Sized>(result: &R, write: Write<'_>) -> Result<(), Error> {
    result.serialize(Fields { write: Some(write), key: None })
}

/// A value of any type behind one pointer, so that the code for fields exists once.
pub(crate) mod erased {
    use super::{Fields, Serialize};
    use crate::mask::Mask;

    pub(crate) trait Value {
        /// True for `None`, `()` and null.
        fn is_absent(&self) -> bool;
        fn masked(&self, mask: &Mask) -> serde_json::Result<Vec<u8>>;
    }

    impl<T: Serialize + ?Sized> Value for &T {
        fn is_absent(&self) -> bool {
            self.serialize(Fields { write: None, key: None }).is_ok()
        }

        fn masked(&self, mask: &Mask) -> serde_json::Result<Vec<u8>> {
            mask.json(*self)
        }
    }
}

struct Fields<'a> {
    /// With `None`, only an empty value is accepted, and others are not read.
    write: Option<Write<'a>>,
    key: Option<String>,
}

fn not_an_object<T>() -> Result<T, Error> {
    Err(Error::custom("they are not an object"))
}

impl Fields<'_> {
    fn object(self) -> Result<Self, Error> {
        if self.write.is_some() { Ok(self) } else { not_an_object() }
    }

    fn field(&mut self, key: &str, value: &dyn erased::Value) {
        if let Some(write) = &mut self.write {
            write(key, value);
        }
    }
}

/// Methods of a serializer that all return the same.
macro_rules! refuse {
    ($result:expr; $($method:ident($($type:ty),*))*) => {
        $(fn $method(self, $(_: $type),*) -> Result<Self::Ok, Self::Error> { $result })*
    };
}

impl<'a> Serializer for Fields<'a> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Impossible<(), Error>;
    type SerializeTuple = Impossible<(), Error>;
    type SerializeTupleStruct = Impossible<(), Error>;
    type SerializeTupleVariant = Impossible<(), Error>;
    type SerializeMap = Fields<'a>;
    type SerializeStruct = Fields<'a>;
    type SerializeStructVariant = Fields<'a>;

    refuse! { not_an_object();
        serialize_bool(bool) serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64)
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64) serialize_f32(f32) serialize_f64(f64)
        serialize_char(char) serialize_str(&str) serialize_bytes(&[u8]) serialize_unit_variant(&'static str, u32, &'static str)
    }

    refuse! { Ok(()); serialize_none() serialize_unit() serialize_unit_struct(&'static str) }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        match self.write {
            Some(write) => {
                write(variant, &value);
                Ok(())
            }
            None => not_an_object(),
        }
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Error> {
        not_an_object()
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Error> {
        not_an_object()
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Error> {
        not_an_object()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        not_an_object()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, Error> {
        self.object()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Error> {
        self.object()
    }

    fn serialize_struct_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Self, Error> {
        not_an_object()
    }
}

impl SerializeStruct for Fields<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
        self.field(key, &value);
        Ok(())
    }

    fn end(self) -> Result<(), Error> {
        Ok(())
    }
}

impl SerializeStructVariant for Fields<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
        SerializeStruct::serialize_field(self, key, value)
    }

    fn end(self) -> Result<(), Error> {
        Ok(())
    }
}

impl SerializeMap for Fields<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.key = Some(match serde_json::to_value(key)? {
            Value::String(text) => text,
            scalar @ (Value::Number(_) | Value::Bool(_)) => scalar.to_string(),
            _ => return Err(Error::custom("a key is not a text")),
        });
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let key = self.key.take().unwrap_or_default();
        self.field(&key, &value);
        Ok(())
    }

    fn end(self) -> Result<(), Error> {
        Ok(())
    }
}
