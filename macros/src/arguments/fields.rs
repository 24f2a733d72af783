//! The keys that set one field each. The group's table defines how each is written.

use super::Arguments;
use crate::grammar::{Field, Kind};
use crate::literal::{self, duration};
use crate::model::{At, Fields, Value};

impl Arguments<'_> {
    /// Returns the fields that are written, without those that repeat the default.
    pub(crate) fn fields(&self) -> Fields {
        let keys = self.group.keys.iter();
        let fields = keys.filter_map(|key| match key.kind {
            Kind::Field(field) => Some((key.name, self.field(key.name, field)?)),
            Kind::Own => None,
        });
        fields.collect()
    }

    fn field(&self, key: &'static str, field: Field) -> Option<Value> {
        match field {
            Field::Boolean => {
                let value = self.boolean(key).filter(|value| !value);
                value.map(Value::Boolean)
            }
            Field::Switch => self.switch(key).map(|_| Value::Boolean(true)),
            Field::Text(read) => self.text(key, read).map(At::into_value).map(Value::Text),
            Field::Count => {
                let count = self.integer(key, literal::count);
                count.map(At::into_value).map(Value::Number)
            }
            Field::Size => {
                let size = self.text(key, literal::size);
                size.map(At::into_value).map(Value::Number)
            }
            Field::Duration => {
                let time = self.text(key, duration::duration);
                time.map(At::into_value).map(Value::Duration)
            }
        }
    }
}
