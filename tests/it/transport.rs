//! The transport's promises, held by RabbitMQ and by the broker in memory alike; then what only RabbitMQ can show.

mod conformance;
mod model;
mod nodes;
mod orders;
mod rabbitmq;
