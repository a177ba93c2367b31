//! Who may do what: grants compiled to Cedar, a decision with reasons.
//!
//! Deny by default and forbid-wins are Cedar's own semantics, not code here.
//! Grants are sugar: each becomes two policies, and `policy explain` prints
//! them. Further Cedar files may `forbid`; a `permit` in one must name the
//! grant whose profile and limits it inherits, or nothing loads.
//!
//! INVARIANT: a [`Permit`] has one maker, [`Policy::decide`]. What cannot be
//! evaluated is denied.
//!
//! Left out on purpose: obligations such as redaction are not decided by
//! policies; a permit carries the profiles of all grants that matched, and the
//! strictest wins where they are applied.

mod compile;
mod decide;
mod grant;
mod limit;
pub mod settings;

pub use decide::{Permit, Policy, Question};
pub use grant::Grant;
pub use limit::{Dimension, GrantLimits, Limit, Scope, Window};
