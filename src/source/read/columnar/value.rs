//! A cell of an Arrow array as a JSON value, which knows its text and can be descended into.

use std::borrow::Cow;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{
    DataType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::source::read::error::ReadError;
use crate::source::read::json::{Step, Value};

/// Whether a cell of this type is one text.
pub(super) fn is_scalar(kind: &DataType) -> bool {
    match kind {
        DataType::Dictionary(_, values) => is_scalar(values),
        other => !other.is_nested(),
    }
}

/// The type of the elements, where this is one of a list.
pub(super) fn item_type(kind: &DataType) -> Option<&DataType> {
    match kind {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => Some(item.data_type()),
        _ => None,
    }
}

/// The type that a path finds below another; `None`: it names nothing there.
pub(super) fn type_below<'t>(kind: &'t DataType, steps: &[Step]) -> Option<&'t DataType> {
    let Some((step, rest)) = steps.split_first() else {
        return Some(kind);
    };
    match (step, kind) {
        (Step::Items | Step::Item(_), list) => type_below(item_type(list)?, rest),
        (Step::Key(name), DataType::Struct(fields)) => {
            type_below(fields.iter().find(|field| field.name() == name)?.data_type(), rest)
        }
        (Step::Key(_) | Step::Values, DataType::Map(entries, _)) => match entries.data_type() {
            DataType::Struct(fields) => type_below(fields.get(1)?.data_type(), rest),
            _ => None,
        },
        (Step::OwnKey, _) => Some(&DataType::Utf8),
        _ => None,
    }
}

fn number(text: impl ToString) -> Value<'static> {
    Value::Number(Cow::Owned(text.to_string()))
}

/// The cell at `row`, which the array has.
pub(super) fn value(array: &dyn Array, row: usize) -> Result<Value<'_>, ReadError> {
    if array.is_null(row) {
        return Ok(Value::Null);
    }
    Ok(match array.data_type() {
        DataType::Null => Value::Null,
        DataType::Boolean => Value::Bool(array.as_boolean().value(row)),
        DataType::Int8 => number(array.as_primitive::<Int8Type>().value(row)),
        DataType::Int16 => number(array.as_primitive::<Int16Type>().value(row)),
        DataType::Int32 => number(array.as_primitive::<Int32Type>().value(row)),
        DataType::Int64 => number(array.as_primitive::<Int64Type>().value(row)),
        DataType::UInt8 => number(array.as_primitive::<UInt8Type>().value(row)),
        DataType::UInt16 => number(array.as_primitive::<UInt16Type>().value(row)),
        DataType::UInt32 => number(array.as_primitive::<UInt32Type>().value(row)),
        DataType::UInt64 => number(array.as_primitive::<UInt64Type>().value(row)),
        DataType::Float16 => number(array.as_primitive::<Float16Type>().value(row)),
        DataType::Float32 => number(array.as_primitive::<Float32Type>().value(row)),
        DataType::Float64 => number(array.as_primitive::<Float64Type>().value(row)),
        DataType::Utf8 => Value::Text(Cow::Borrowed(array.as_string::<i32>().value(row))),
        DataType::LargeUtf8 => Value::Text(Cow::Borrowed(array.as_string::<i64>().value(row))),
        DataType::Utf8View => Value::Text(Cow::Borrowed(array.as_string_view().value(row))),
        DataType::Binary => text(array.as_binary::<i32>().value(row))?,
        DataType::LargeBinary => text(array.as_binary::<i64>().value(row))?,
        DataType::BinaryView => text(array.as_binary_view().value(row))?,
        DataType::FixedSizeBinary(_) => text(array.as_fixed_size_binary().value(row))?,
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let key = value(dictionary.keys(), row)?
                .text()
                .and_then(|key| key.parse::<usize>().ok());
            match key.filter(|key| *key < dictionary.values().len()) {
                Some(key) => value(dictionary.values().as_ref(), key)?,
                None => return Err(ReadError::new("a key of a dictionary is out of its range")),
            }
        }
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            let offsets = list.value_offsets();
            items(list.values().as_ref(), offsets[row] as usize, offsets[row + 1] as usize)?
        }
        DataType::LargeList(_) => {
            let list = array.as_list::<i64>();
            let offsets = list.value_offsets();
            items(list.values().as_ref(), offsets[row] as usize, offsets[row + 1] as usize)?
        }
        DataType::FixedSizeList(..) => {
            let list = array.as_fixed_size_list();
            let start = list.value_offset(row) as usize;
            items(list.values().as_ref(), start, start + list.value_length() as usize)?
        }
        DataType::Struct(fields) => {
            let columns = fields.iter().zip(array.as_struct().columns());
            let entries =
                columns.map(|(field, column)| Ok((Cow::Borrowed(field.name().as_str()), value(column.as_ref(), row)?)));
            Value::Object(entries.collect::<Result<_, ReadError>>()?)
        }
        DataType::Map(..) => {
            let map = array.as_map();
            let offsets = map.value_offsets();
            let entries = (offsets[row] as usize..offsets[row + 1] as usize).map(|at| {
                let key = value(map.keys().as_ref(), at)?.text().unwrap_or_default().into_owned();
                Ok((Cow::Owned(key), value(map.values().as_ref(), at)?))
            });
            Value::Object(entries.collect::<Result<_, ReadError>>()?)
        }
        kind if !kind.is_nested() => {
            let options = FormatOptions::default();
            let shown = ArrayFormatter::try_new(array, &options).and_then(|cells| cells.value(row).try_to_string());
            let shown = Cow::Owned(shown.map_err(|error| ReadError::new(error.to_string()))?);
            if kind.is_decimal() {
                Value::Number(shown)
            } else {
                Value::Text(shown)
            }
        }
        kind => return Err(ReadError::new(format!("cells of type {kind} cannot be read"))),
    })
}

fn items(values: &dyn Array, start: usize, end: usize) -> Result<Value<'_>, ReadError> {
    Ok(Value::List(
        (start..end)
            .map(|at| value(values, at))
            .collect::<Result<_, ReadError>>()?,
    ))
}

fn text(bytes: &[u8]) -> Result<Value<'_>, ReadError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Value::Text(Cow::Borrowed(text))),
        Err(_) => Err(ReadError::new("a cell holds bytes that are no text")
            .help("name the columns to read in a `columns` block, without this one")),
    }
}
