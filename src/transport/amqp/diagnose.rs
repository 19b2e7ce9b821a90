//! Turns the client library's errors into faults an operator can act on.

use lapin::protocol::{AMQPErrorKind, AMQPHardError, AMQPSoftError};
use lapin::{Error, ErrorKind};

use super::super::fault::{Fault, FaultCode};

/// What we were doing when the error came: the same reply code means different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Connecting,
    Preparing,
    Publishing,
    Consuming,
}

pub(super) fn fault(stage: Stage, error: &Error) -> Fault {
    Fault::new(code(stage, error), words(error))
}

fn code(stage: Stage, error: &Error) -> FaultCode {
    let ErrorKind::ProtocolError(refusal) = error.kind() else {
        return match stage {
            Stage::Connecting => FaultCode::BrokerUnreachable,
            _ => FaultCode::ConnectionLost,
        };
    };
    match (stage, refusal.kind()) {
        (Stage::Connecting, AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED)) => FaultCode::BrokerCredentials,
        (Stage::Connecting, AMQPErrorKind::Soft(AMQPSoftError::NOTFOUND)) => FaultCode::BrokerVhost,
        (Stage::Connecting, AMQPErrorKind::Hard(AMQPHardError::NOTALLOWED)) => FaultCode::BrokerVhost,
        (_, AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED)) => FaultCode::BrokerPermission,
        (_, AMQPErrorKind::Soft(AMQPSoftError::NOTFOUND)) => FaultCode::TopologyMissing,
        (Stage::Publishing, AMQPErrorKind::Soft(AMQPSoftError::PRECONDITIONFAILED)) => FaultCode::PublishRefused,
        (_, AMQPErrorKind::Soft(AMQPSoftError::PRECONDITIONFAILED | AMQPSoftError::RESOURCELOCKED)) => {
            FaultCode::TopologyDiffers
        }
        _ => FaultCode::ConnectionLost,
    }
}

/// The broker's reply text, or the system's; neither ever holds a password or content.
fn words(error: &Error) -> String {
    match error.kind() {
        ErrorKind::ProtocolError(refusal) => refusal.get_message().to_string(),
        _ => error.to_string(),
    }
}
