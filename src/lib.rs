//! jiexu 接续: moves insurance relations and personal-account balances between agencies, each exactly once.
//!
//! # Layout
//!
//! | module | what it is | what it never does |
//! |---|---|---|
//! | [`domain`] | the business: cases, money, calendar, forms, decisions | wait, read, write, ask the time |
//! | [`wire`] | bytes ⇄ domain: frame, signature, seal, protobuf | touch the broker or the database |
//! | [`store`] | the database, one `commit` for a batch of events | decide anything |
//! | [`transport`] | carries bytes: RabbitMQ, and memory for simulation | know what the bytes mean |
//! | [`files`] | CSV and bank files ⇄ domain, each bad row with line, column, reason | lose a good row |
//! | [`handlers`] | this agency's own judgement (the embedded register) | act: it returns a verdict |
//! | [`flow`] | the shell: look, decide, commit, acknowledge, relay | hold business rules |
//! | [`web`] | pages, health, metrics; reads the store's views | change a case by another way than flow |
//! | [`daemon`] | composition and orderly stop | anything else |
//! | [`trial`] | a private broker, the demo and the bench | run in an agency's production |
//! | [`cli`] | one file per command group | decide anything |
//! | [`fault`] | where tests kill the daemon | anything in a product build |
//!
//! Arrows: `cli → trial → daemon → {flow, web} → {store, transport, wire, handlers, files} → domain`; a test holds them.

pub mod cli;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod domain;
pub mod fault;
pub mod files;
pub mod flow;
pub mod handlers;
pub mod ids;
pub mod store;
pub mod transport;
pub mod trial;
pub mod web;
pub mod wire;
