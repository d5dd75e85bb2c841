//! The scope of a template: the row's columns, `row["Any Header"]`, `vars`, `connection` and `row_number`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::Value;
use minijinja::value::{Enumerator, Object};

use crate::model::{ConnectionIndex, Endpoint, Header, Row, Setting};
use crate::recipe::Node;

/// The part of the scope that is the same for every row.
#[derive(Debug, Clone)]
pub struct Constants {
    pub(super) header: Header,
    pub(super) vars: BTreeMap<String, Value>,
    pub(super) connection: BTreeMap<String, Value>,
    vars_value: Value,
    connection_value: Value,
}

impl Constants {
    /// The constants of a run. The endpoint's settings are available by their keys, and with `_` for `-`, as in
    /// `connection.phone_number_id`.
    pub fn new(header: Header, vars: &[(String, Node)], endpoint: &Endpoint) -> Self {
        let vars: BTreeMap<String, Value> = vars.iter().map(|(name, node)| (name.clone(), constant(node))).collect();
        let mut connection = BTreeMap::new();
        for (key, value) in &endpoint.0 {
            let value = setting(value);
            connection.insert(key.clone(), value.clone());
            connection.insert(key.replace('-', "_"), value);
        }
        Self {
            header,
            vars_value: Value::from(vars.clone()),
            connection_value: Value::from(connection.clone()),
            vars,
            connection,
        }
    }
}

impl Constants {
    /// The columns.
    pub fn header(&self) -> &Header {
        &self.header
    }
}

/// A connection's setting as templates see it.
fn setting(setting: &Setting) -> Value {
    match setting {
        Setting::Text(text) => Value::from(text.as_str()),
        Setting::List(entries) => entries.iter().map(self::setting).collect(),
        Setting::Map(entries) => entries.iter().map(|(key, entry)| (key.as_str(), self::setting(entry))).collect(),
    }
}

/// A recipe's constant as templates see it. Numbers that fit are numbers, so that they can be compared and added.
fn constant(node: &Node) -> Value {
    match node {
        Node::Null => Value::from(()),
        Node::Bool(value) => Value::from(*value),
        Node::Number(digits) => match (digits.parse::<i64>(), digits.parse::<f64>()) {
            (Ok(whole), _) if !digits.starts_with('+') => Value::from(whole),
            (Err(_), Ok(decimal)) if digits.contains('.') && decimal.to_string() == *digits => Value::from(decimal),
            _ => Value::from(digits.as_str()),
        },
        Node::Text(text) => Value::from(text.as_str()),
        Node::List(items) => items.iter().map(constant).collect(),
        Node::Map(entries) => entries.iter().map(|(key, value)| (key.clone(), constant(value))).collect(),
    }
}

/// The root of the scope of one row.
#[derive(Debug)]
pub struct RowScope {
    constants: Arc<Constants>,
    row: Row,
    /// The connection of the row; `None` if the row names none of the run's connections.
    connection: Option<ConnectionIndex>,
    /// Records the columns that are read, if wanted.
    read: Option<Arc<Mutex<BTreeSet<usize>>>>,
}

impl RowScope {
    /// The scope of `row` as a template value, with the constants of the first connection.
    pub fn of(constants: Arc<Constants>, row: Row) -> Value {
        Value::from_object(Self { constants, row, connection: Some(ConnectionIndex::default()), read: None })
    }

    /// The scope of the same row with its connection, if it has one, and the constants of that connection.
    #[must_use]
    pub fn going_by(scope: &Value, connection: Option<ConnectionIndex>, constants: &Arc<Constants>) -> Value {
        let Some(Self { row, read, .. }) = scope.downcast_object_ref() else { return scope.clone() };
        let (constants, row, read) = (Arc::clone(constants), row.clone(), read.clone());
        Value::from_object(Self { constants, row, connection, read })
    }

    /// The connection of the row of `scope`; `None` if the row names none of the run's connections.
    pub fn index(scope: &Value) -> Option<ConnectionIndex> {
        scope.downcast_object_ref::<Self>()?.connection
    }

    /// The positions of the columns that `look` reads from the row of `scope`.
    pub(super) fn reads(scope: &Value, look: impl FnOnce(&Value)) -> BTreeSet<usize> {
        let Some(Self { constants, row, connection, .. }) = scope.downcast_object_ref() else { return BTreeSet::new() };
        let read = Arc::<Mutex<BTreeSet<usize>>>::default();
        let (constants, row) = (Arc::clone(constants), row.clone());
        look(&Value::from_object(Self { constants, row, connection: *connection, read: Some(Arc::clone(&read)) }));
        let mut read = read.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *read)
    }

    /// The row of `scope`.
    pub fn row(scope: &Value) -> Option<&Row> {
        Some(&scope.downcast_object_ref::<Self>()?.row)
    }

    /// Name and cell of the column at this position, for the row of `scope`.
    pub fn column(scope: &Value, at: usize) -> Option<(&str, &str)> {
        let Self { constants, row, .. } = scope.downcast_object_ref()?;
        Some((constants.header.names().get(at)?, row.cells.get(at)?))
    }

    fn cell(&self, name: &str) -> Option<Value> {
        let at = self.constants.header.position(name)?;
        if let Some(read) = &self.read {
            read.lock().unwrap_or_else(PoisonError::into_inner).insert(at);
        }
        self.row.cells.get(at).map(Value::from)
    }

    fn names(&self) -> Enumerator {
        Enumerator::Values(self.constants.header.readable().map(Value::from).collect())
    }
}

impl Object for RowScope {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        match key {
            "row" => Some(Value::from_object(RowColumns(Arc::clone(self)))),
            "vars" => Some(self.constants.vars_value.clone()),
            "connection" => Some(self.constants.connection_value.clone()),
            "row_number" => Some(Value::from(self.row.number.0)),
            column => self.cell(column),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        self.names()
    }
}

/// `row`: every column by its header, for any header.
#[derive(Debug)]
struct RowColumns(Arc<RowScope>);

impl Object for RowColumns {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.cell(key.as_str()?)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        self.0.names()
    }
}
