//! The pages, one file each: read a view, hand it to its template. Never more than one look at the database a page.

pub mod case;
pub mod cases;
pub mod dead_letters;
pub mod money;
pub mod overview;
pub mod queues;
pub mod tasks;

use axum::response::Html;

use super::errors::PageError;

/// A rendered page.
type Shown = Result<Html<String>, PageError>;

fn shown(page: impl askama::Template) -> Shown {
    Ok(Html(page.render()?))
}
