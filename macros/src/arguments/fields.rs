//! The keys that set one field each. The group's table defines how each is written.

use super::Arguments;
use crate::grammar::{Field, Kind};
use crate::literal::{self, duration, path};
use crate::model::{Fields, Value, Written};

impl Arguments<'_> {
    /// Returns the fields that are written, without those that repeat the default.
    pub(crate) fn fields(&self) -> Fields {
        let keys = self.group.keys.iter();
        let fields = keys.filter_map(|key| match key.kind {
            Kind::Field(field) => self.field(key.name, field),
            Kind::Own => None,
        });
        Fields(fields.collect())
    }

    fn field(&self, name: &'static str, field: Field) -> Option<Written> {
        let key = self.every(name).next()?.name.span();
        let value = self.value(name, field)?;
        Some(Written { name, key, value })
    }

    fn value(&self, key: &'static str, field: Field) -> Option<Value> {
        Some(match field {
            Field::Boolean => Value::Boolean(self.boolean(key).filter(|value| !value)?),
            Field::Switch => self.switch(key).map(|_| Value::Boolean(true))?,
            Field::Text(read) => Value::Text(self.text(key, read)?.value),
            Field::Path => Value::Path(self.text(key, path::source)?.value),
            Field::Count => Value::Number(self.integer(key, literal::count)?.value),
            Field::Size => Value::Number(self.text(key, literal::size)?.value),
            Field::Duration => Value::Duration(self.text(key, duration::duration)?.value),
            Field::Offset => Value::Offset(self.text(key, duration::offset)?.value),
            Field::Choice(choices) => Value::Choice(self.choice(key, choices)?.value),
        })
    }
}
