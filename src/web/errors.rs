//! What a page says when it cannot be shown: in both languages, with a code that never changes and what to do next.
//! Never repeats what was asked for: it may hold a person's number.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use super::assets;
use crate::store::views::ViewError;

#[derive(Debug, thiserror::Error)]
pub enum PageError {
    #[error("nothing is kept under this address")]
    NotFound,
    #[error("the address is not one of ours")]
    Malformed,
    #[error("pages only read")]
    ReadOnly,
    #[error("asked for under a name that is not ours")]
    WrongHost,
    #[error("the database could not be read")]
    Database(#[source] ViewError),
    #[error("the page could not be made")]
    Template(#[from] askama::Error),
}

impl From<ViewError> for PageError {
    fn from(error: ViewError) -> PageError {
        match error {
            ViewError::Place => PageError::Malformed,
            error => PageError::Database(error),
        }
    }
}

/// Status, code, what happened, what to do; texts 中文 then English.
struct Text {
    status: StatusCode,
    code: &'static str,
    what: (&'static str, &'static str),
    next: (&'static str, &'static str),
}

impl PageError {
    fn text(&self) -> Text {
        let (status, code, what, next) = match self {
            PageError::NotFound => (
                StatusCode::NOT_FOUND,
                "NOT_FOUND",
                ("这里没有这条记录。", "Nothing is kept under this address."),
                ("检查编号，或在案件列表中查找。", "Check the number, or look for it in the list of cases."),
            ),
            PageError::Malformed => (
                StatusCode::BAD_REQUEST,
                "MALFORMED_ADDRESS",
                ("地址不完整或被改动。", "The address is cut short or was changed."),
                ("从列表重新打开。", "Open it again from the list."),
            ),
            PageError::ReadOnly => (
                StatusCode::METHOD_NOT_ALLOWED,
                "READ_ONLY",
                ("页面只供查看。", "These pages only show."),
                ("请用命令办理，见 jiexu --help。", "Use the commands to act, see jiexu --help."),
            ),
            PageError::WrongHost => (
                StatusCode::MISDIRECTED_REQUEST,
                "WRONG_HOST",
                ("不以此名称提供服务。", "Pages are not served under this name."),
                (
                    "改用 http://localhost 打开，或请运维登记此名称。",
                    "Open http://localhost, or ask the operator to list this name.",
                ),
            ),
            PageError::Database(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "DATABASE_AWAY",
                (
                    "暂时读不到数据库；已收到的消息与账目不受影响。",
                    "The database cannot be read now; messages and books are safe.",
                ),
                (
                    "稍后刷新；若持续，请运维查看磁盘与日志。",
                    "Try again shortly; if it lasts, the operator checks disk and log.",
                ),
            ),
            PageError::Template(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "PAGE_FAILED",
                ("页面生成失败；业务不受影响。", "The page could not be made; cases are not affected."),
                ("请把此代码告知运维。", "Tell the operator this code."),
            ),
        };
        Text { status, code, what, next }
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    status: u16,
    code: &'static str,
    what: (&'static str, &'static str),
    next: (&'static str, &'static str),
    style: &'static str,
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        if let PageError::Database(error) = &self {
            tracing::warn!(%error, "a page could not be read");
        }
        let Text { status, code, what, next } = self.text();
        let page = ErrorPage { status: status.as_u16(), code, what, next, style: assets::style() };
        (status, Html(page.render().unwrap_or_else(|_| code.to_owned()))).into_response()
    }
}

pub async fn not_found() -> PageError {
    PageError::NotFound
}

pub async fn read_only() -> PageError {
    PageError::ReadOnly
}
