//! Local handlers: this agency's own judgement. The embedded register is one; a remote core system comes later behind
//! the same seam. A handler returns a verdict and never acts.

mod register;

pub use register::{Conditions, EmbeddedRegister};
